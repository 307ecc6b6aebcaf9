"""Whether a question leans on the one before, and what it means by itself."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from prompts import load
from retrieval.errors import ModelError
from retrieval.llm.complete import complete
from retrieval.search import clean_question
from retrieval.text.words import names_in, stem, telling_words, words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from langchain_core.language_models import BaseChatModel

    from retrieval.llm import ChatModel


SHORT = 8
LONGEST = 300
MOST_CARRIED = 12

_OPENING = re.compile(
    r"^\W*(?:and|but|so|or|also|then|what about|how about|what else|who else"
    r"|where else|anything else"
    r"|since then|а|і|й|та|але|чи|ще|и|но|или|ещё|еще|также|а як щодо|що щодо|як щодо|що ще|хто ще"
    r"|как насчет|как насчёт|что насчет|что насчёт|что ещё|что еще|кто ещё|кто еще|und|aber|oder"
    r"|wie steht es mit|was ist mit|was noch|wer noch)\b",
    re.IGNORECASE,
)
# Pronouns, with what they stand for left unsaid. "That" as a pronoun, not as in "who said that
# Kursk ...", "there" as a place, not as in "are there", "this" not as in "this week".
_REFERRING = re.compile(
    r"\b(?:it|its|he|him|his|she|her|hers|they|them|their|theirs|then|those|these|this"
    r"|це|цього|цьому|він|його|йому|вона|її|їй|вони|їх|їхні|їхня|їхній|ними|ним|нею|там|тоді|туди"
    r"|это|этого|этом|этому|он|его|ему|она|её|ее|ей|они|их|им|ними|ним|нею|ней|там|тогда|туда"
    r"|er|ihn|ihm|sie|ihnen|ihre|sein|seine|dort|damals|davon|dazu|darüber|das)\b"
    r"|(?<!is )(?<!are )(?<!was )(?<!were )(?<!be )(?<!been )(?<!will )(?<!has )(?<!have )\bthere\b"
    r"(?! (?:is|are|was|were|will|has|have|be)\b)"
    r"|\bthat(?=\W*$|\s+(?:happen\w*|was|is|be|mean\w*|day|time|figure|number)\b)",
    re.IGNORECASE,
)
# Somebody whom the question can't have named, since the verb stands before its subject.
_OF_ANOTHER = re.compile(
    r"\b(?:did|does|do|is|was|has|had|are|were|have|will|would|can|could|about|of|against|than"
    r"|про|щодо|о|об|над|против|проти)\s+(?:he|she|it|they|him|them|нього|неї|них|нём|нем|ней)\b"
    r"(?!\s+(?:possible|true|likely|raining|snowing|safe|legal|time|too)\b)",
    re.IGNORECASE,
)
_POSSESSIVE = re.compile(
    r"his|her|its|their|його|її|їх|їхні|їхня|їхній|его|её|ее|их|ihre|sein|seine", re.IGNORECASE
)
_OF_TIME = re.compile(
    r"\b(?:this|these|those|цього|цьому|этого|этом|эту)\s+(?:morning|afternoon|evening|night|day|week"
    r"|weekend|month|year|summer|winter|spring|fall|autumn|season|days|weeks|тижня|тижні|місяця"
    r"|місяці|року|году|года|недел\w+|месяц\w*)\b",
    re.IGNORECASE,
)
# Questions whose words say nothing of what they are about.
_BARE = frozenset(
    [
        "happened",
        "happen",
        "happens",
        "exactly",
        "details",
        "detail",
        "reason",
        "reasons",
        "source",
        "sources",
        "meaning",
        "mean",
        "means",
        "example",
        "examples",
        "really",
        "true",
        "sure",
        "else",
        "next",
        "later",
        "instead",
        "only",
        "alone",
        "ago",
        "far",
        "long",
        "often",
        "old",
        "big",
        "possible",
        "again",
        "first",
        "last",
        "number",
        "figure",
        "date",
        "time",
        "day",
        "place",
        "explain",
        "elaborate",
        "continue",
        "details",
        "сталося",
        "подробиці",
        "джерело",
        "джерела",
        "чому",
        "причина",
        "приклад",
        "точно",
        "саме",
        "далі",
        "ще",
        "детальніше",
        "докладніше",
        "произошло",
        "случилось",
        "подробности",
        "подробнее",
        "источник",
        "источники",
        "причина",
        "почему",
        "точно",
        "именно",
        "дальше",
        "warum",
        "wieso",
        "weshalb",
        "genau",
        "quelle",
        "quellen",
        "einzelheiten",
        "wann",
        "wer",
        "wo",
        "wie",
        "was",
        "wieviele",
        "скільки",
        "сколько",
        "чого",
        "навіщо",
        "зачем",
        "звідки",
        "откуда",
        "куди",
        "куда",
    ]
)
_ASKING = re.compile(
    r"^\W*(?:(?:from|to|by|in|on|at|for|with|since|of|until|з|в|у|на|до|за|с|о|от|для)\s+)?"
    r"(?:who|whom|whose|what|which|when|where|why|how|is|are|was|were|did|does|do|has|have|will|can"
    r"|хто|кого|кому|чий|що|яка|який|яке|які|коли|де|куди|звідки|чому|як|скільки|чи"
    r"|кто|чей|что|какая|какой|какое|какие|когда|где|куда|откуда|почему|как|сколько"
    r"|wer|wen|wem|was|welche\w*|wann|wo|warum|wie)\b",
    re.IGNORECASE,
)
_OWN_WORDS = 2
_WRITTEN = re.compile(r"\w+")
_WHEN = re.compile(r"\b(?:when|коли|когда|wann|since|since then)\b", re.IGNORECASE)


# From here on are the scripts of East Asia.
_NO_SPACES = "\u2e80"
_FEW_LETTERS = 2


def leans(question: str) -> bool:
    """Whether a question can't be understood without the one before it.

    Only if it says so: by how it begins, by a pronoun before anything that the pronoun could stand
    for, or by having no word of its own. A new topic is a new topic, however short and in whatever
    letters it is written.
    """
    said = words(question)
    is_unspaced = sum(letter >= _NO_SPACES for letter in question) > _FEW_LETTERS
    if not said or len(said) > 4 * SHORT or is_unspaced:  # one "word" may be a whole question
        return False
    opens = len(said) <= SHORT and bool(_OPENING.search(question))
    if opens or names_in(question):
        return opens
    if not _own(question):
        return any(word in _BARE or _ASKING.search(word) for word in said)
    return _refers(question)


def _refers(question: str) -> bool:
    """Whether a pronoun of the question stands for somebody whom it does not name itself."""
    rest = _OF_TIME.sub(" ", question)
    if _OF_ANOTHER.search(rest):
        return True
    found = _REFERRING.search(rest)
    if found is None:
        return False
    # "How did macron explain his plan": what comes before is whom it means
    own = len(_own(rest[: found.start()]))
    return own == 0 if _POSSESSIVE.fullmatch(found.group()) else own < _OWN_WORDS


def may_lean(question: str) -> bool:
    """Whether a question that has no answer by itself may go on from the one before.

    "Who is exempt?" and "From what age?" ask for little in few words. What is found for them has to
    have those words (`own_stems`).
    """
    said = words(question)
    return (
        0 < len(said) <= SHORT
        and not names_in(question)
        and _ASKING.search(question) is not None
        and len(_own(question)) <= _OWN_WORDS
    )


def own_stems(question: str) -> frozenset[str]:
    """The stems of the words that a question has of its own."""
    return frozenset(stem(word) for word in _own(question))


def _own(question: str) -> list[str]:
    return [
        word
        for word in telling_words(question)
        if word not in _BARE and not _REFERRING.fullmatch(word)
    ]


def carried(question: str, earlier: Sequence[str], *, anyway: bool = False) -> str:
    """The question, with the words of the conversation that it leans on; itself if it stands alone.

    `earlier` are the conversation's stand-alone questions, oldest first; the newest one counts. Its
    dates travel with its words, unless the new question has figures of its own or asks when.
    `anyway`: also if the question does not say that it leans.
    """
    if not earlier or not (anyway or leans(question)):
        return question
    before = earlier[-1][-LONGEST:]
    dated = any(word.isdigit() for word in words(question)) or bool(_WHEN.search(question))
    said = {word.casefold() for word in words(question)}
    useful = {word.casefold() for word in telling_words(before)} - said
    kept = dict[str, str]()
    for written in _WRITTEN.findall(before):
        key = written.casefold()
        if key in useful and not (dated and key.isdigit()):
            kept.setdefault(key, written)
    # Names first, as they were written: they are what the conversation is about.
    names = {part.casefold() for name in names_in(before) for part in words(name)}
    order = sorted(kept, key=lambda key: key not in names)
    context = " ".join(kept[key] for key in order[:MOST_CARRIED])
    return f"{question.strip()} ({context})" if context else question


log = logging.getLogger(__name__)

REMEMBERED = 4
# What models put around a question.
_AROUND = re.compile(
    r"^[\s*_#-]*(?:(?:the )?(?:newest |rewritten |new |full |standalone )?question[*_ ]*:[*_ ]*)?",
    re.IGNORECASE,
)
_MARKS = ' *_"“”„«»`'


@dataclass(frozen=True, slots=True)
class Condensed:
    """A question that stands alone, and the tokens that this took."""

    question: str
    usage: Mapping[str, int] = field(default_factory=dict)


async def condense(
    model: ChatModel | BaseChatModel | None, question: str, earlier: Sequence[str]
) -> Condensed:
    """The question as it stands alone; `earlier` are the conversation's, oldest first.

    Without a model, or when it fails or writes what can't be the question, by the rules of
    `carried`. A question that does not lean on anything is returned as it is, and no model asked.
    """
    if not earlier or not leans(question):
        return Condensed(question)
    if model is None:
        return Condensed(carried(question, earlier))
    prompt = load("condense", "earlier", "question").format_messages(
        earlier="\n".join(f"- {_line(one)}" for one in earlier[-REMEMBERED:]),
        question=_line(question),
    )
    try:
        made = await complete(model, prompt, "condense")
    except ModelError as error:
        log.warning("chat model failed, follow-up by rules: %s", error, exc_info=error)
        return Condensed(carried(question, earlier))
    written = _AROUND.sub("", clean_question(made.text)).strip(_MARKS)
    fits = not made.cut and _fits(made.text.strip(), written)
    fits = fits and _is_resolved(written, question, earlier)
    return Condensed(written if fits else carried(question, earlier), made.usage)


def _is_resolved(written: str, question: str, earlier: Sequence[str]) -> bool:
    """Whether this is the question made whole: not as it was, none of before, and no answer."""
    before = [words(one) for one in (question, *earlier)]
    is_question = written.endswith("?") or not question.rstrip().endswith("?")
    return is_question and words(written) not in before and not leans(written)


def _line(text: str) -> str:
    return " ".join(text.split())[:LONGEST]


def _fits(raw: str, written: str) -> bool:
    """Whether this can be a question: one line of words, no link, no longer than asked for."""
    return (
        bool(words(written))
        and len(written) <= LONGEST
        and len(raw.splitlines()) == 1
        and "://" not in written
    )
