"""What a message wants besides an answer: talk, or the news as such. Pure, by rules."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from unicodedata import category

from retrieval.messages import UserMessage


class TalkKind(StrEnum):
    """What somebody says who asks nothing."""

    HELLO = "hello"
    THANKS = "thanks"
    BYE = "bye"
    OK = "ok"
    STOP = "stop"
    HELP = "help"
    WHO = "who"
    MOOD = "mood"
    WRONG = "wrong"
    WORDLESS = "wordless"
    EMPTY = "empty"


# One line each.
REPLIES = {
    TalkKind.HELLO: UserMessage("Hello! What would you like to know about the news?"),
    TalkKind.THANKS: UserMessage("You’re welcome! Ask me anything else."),
    TalkKind.BYE: UserMessage("Goodbye! Just write when you want to know something."),
    TalkKind.OK: UserMessage("All right. Ask me whenever you like."),
    TalkKind.STOP: UserMessage(
        "All right, I’ll stop here. /subscriptions lists the briefings that you get."
    ),
    TalkKind.HELP: UserMessage(
        "Ask me about the news, and I quote the sentences that answer, with their sources. "
        "“What’s new?” gets you a briefing, and /help lists everything else."
    ),
    TalkKind.WHO: UserMessage(
        "I’m Sitrep, a bot that answers questions about the news from an archive of articles and "
        "cites the exact sentences."
    ),
    TalkKind.MOOD: UserMessage("I only know the news. What would you like to know?"),
    TalkKind.WRONG: UserMessage("Sorry about that. Try other words, or press 👎 under the answer."),
    TalkKind.WORDLESS: UserMessage(
        "I can only read words. What would you like to know about the news?"
    ),
    TalkKind.EMPTY: UserMessage(
        "I don’t see a question there. Ask me about the news in a few words."
    ),
}


@dataclass(frozen=True, slots=True)
class Talk:
    """A message that asks nothing; `language` is the message's, where its words tell it."""

    kind: TalkKind
    language: str | None = None

    @property
    def reply(self) -> UserMessage:
        """The one line that it gets."""
        return REPLIES[self.kind]


# By kind and language ("" where several have the same words); the first kind that a message has
# counts, so that "ok, thanks" is thanks.
_PHRASES: dict[TalkKind, dict[str, str]] = {
    TalkKind.WRONG: {
        "en": r"(?:that|this|it)(?:'?s| is) (?:wrong|not (?:right|true|what i asked)|false|bad)"
        r"|wrong"
        r"|(?:you are|you're) (?:wrong|stupid|useless|bad)"
        r"|(?:bad|stupid|useless|dumb) bot|nonsense"
        r"|wrong answer|bad answer|you suck",
        "uk": r"це (?:неправда|не так|неправильно|помилка)|неправильно|поганий бот|дурниц[яі]",
        "ru": r"это (?:неправда|не так|неправильно|ошибка)|неправильно|плохой бот|чушь|ерунда",
        "de": r"das ist falsch|falsch|das stimmt nicht",
    },
    TalkKind.HELP: {
        "en": r"help|help me|how (?:do|can|should) i use (?:you|this|it)|how does (?:this|it) work"
        r"|how do you work|what (?:can|could) (?:you|i|this bot) (?:do|ask)(?: you)?(?: here)?"
        r"|what (?:can|do) you (?:do|know|answer)|what (?:should|shall|can) i ask|instructions"
        r"|what (?:are|is) (?:your|this) (?:commands|for)|what else can you do"
        r"|(?:can|could) (?:i ask you|you help me)(?: something| a question)?|commands|menu",
        "uk": r"допомога|допоможи(?: мені)?|допоможіть|що ти (?:вмієш|можеш|знаєш)"
        r"|що ви (?:вмієте|можете)|як (?:тобою|цим|вами) користуватися|як це працює"
        r"|про що (?:можна )?(?:тебе )?(?:питати|запитати)",
        "ru": r"помощь|помоги(?:те)?(?: мне)?|что ты (?:умеешь|можешь|знаешь)|как ты работаешь"
        r"|что вы (?:умеете|можете)|как (?:тобой|этим|вами) пользоваться|как это работает"
        r"|что (?:можно )?(?:у тебя )?(?:спросить|спрашивать)",
        "de": r"hilfe|was kannst du|wie funktioniert (?:das|du)",
    },
    TalkKind.WHO: {
        "en": r"(?:who|what) (?:are|r) (?:you|u)|are you (?:a |an )?(?:bot|robot|human|ai|real"
        r"|real person|person|machine|chatgpt|there)|what(?:'?s| is) your name|who (?:made|built"
        r"|created|wrote|runs) you|(?:is this|am i talking to) (?:a |an )?(?:bot|human|ai|person)"
        r"|tell me about yourself|what is this(?: bot)?|what is sitrep|who is sitrep",
        "uk": r"хто ти|хто ви|що ти таке|ти (?:бот|робот|людина)|як тебе звати"
        r"|хто тебе (?:створив|зробив)|що це за бот",
        "ru": r"кто ты|кто вы|что ты такое|ты (?:бот|робот|человек)|как тебя зовут"
        r"|кто тебя (?:создал|сделал)|что это за бот",
        "de": r"wer bist du|bist du ein bot|wie heißt du",
    },
    TalkKind.MOOD: {
        "en": r"how are you(?: doing)?(?: today)?|how(?:'?s| is) it going|how do you do"
        r"|what(?:'?s)? up|sup|tell me (?:a joke|something funny)"
        r"|(?:i )?love you|do you (?:like|love|hate) (?:me|it)"
        r"|i(?:'?m| am) (?:bored|tired|sad|happy)|good luck|happy birthday|are you ok"
        r"|sing (?:me )?a song|what do you think"
        r"|do you sleep|(?:can )?we (?:chat|talk)|let'?s talk",
        "uk": r"як справи|як ти|розкажи (?:жарт|анекдот)|люблю тебе|що робиш|мені нудно",
        "ru": r"как дела|как ты|расскажи (?:шутку|анекдот)|люблю тебя|что делаешь|мне скучно",
        "de": r"wie geht(?:'?s| es)(?: dir| ihnen)?|erzähl (?:mir )?einen witz",
    },
    TalkKind.THANKS: {
        "en": r"thanks?|thank (?:you|u)|thx|tks|tnx|ty|thanks? a lot|many thanks|much appreciated"
        r"|appreciate it|cheers|(?:good|great|nice|well) (?:job|work|bot|done|answer)"
        r"|(?:you are|you're) (?:great|the best|awesome|good|helpful)|(?:very |really )?helpful",
        "uk": r"дякую|дяки|спасибі|щиро дякую|красно дякую|вдячн(?:ий|а)|молодець|хороший бот",
        "ru": r"спасибо|спс|пасиб(?:о|ки)?|благодарю|большое спасибо|спасибо большое|молодец"
        r"|хороший бот",
        "de": r"danke|danke schön|dankeschön|vielen dank|danke sehr",
    },
    TalkKind.BYE: {
        "en": r"bye|bye bye|goodbye|good night|see (?:you|ya)(?: later| soon)?|later|farewell|cya"
        r"|have a (?:nice|good|great) (?:day|evening|night|one|weekend)|gotta go",
        "uk": r"бувай|до побачення|на все добре|добраніч|на добраніч|гарного дня|папа",
        "ru": r"до свидания|спокойной ночи|доброй ночи|всего доброго|хорошего дня|пока",
        "de": r"tschüss|tschüs|auf wiedersehen|gute nacht|bis bald",
    },
    TalkKind.STOP: {
        "en": r"stop|stop it|stop that|cancel|quit|exit|enough|unsubscribe|shut up|never ?mind"
        r"|forget it|leave me alone|go away|be quiet|stop (?:messaging|writing) me|end",
        "uk": r"досить|зупинись|припини|скасувати|відписатися|відпишіть мене|відстань|замовкни",
        "ru": r"хватит|остановись|прекрати|отмена|отписаться|отпишите меня|отстань|замолчи",
        "de": r"stopp|aufhören|abbrechen|genug|abbestellen",
        "": r"стоп",
    },
    TalkKind.HELLO: {
        "en": r"hi+|hello+|hey+|hiya|howdy|yo|greetings|good (?:morning|afternoon|evening|day)"
        r"|morning|evening|test|testing|ping|anybody (?:there|home)|hello world|nice to meet you",
        "uk": r"привіт(?:ик|ання)?|вітаю|вітання|доброго (?:дня|ранку|вечора)|добр(?:ий|ого)"
        r" (?:день|ранок|вечір)|здоров|добридень|слава україні|хай",
        "ru": r"привет(?:ик|ствую)?|здравствуй(?:те)?|добр(?:ый|ое|ого) (?:день|дня|утро|вечер)"
        r"|доброе утро|приветик|здрасте|хелло",
        "de": r"hallo|guten (?:morgen|tag|abend)|servus|moin|grüß gott",
        "": r"тест|алло|ало",
    },
    TalkKind.OK: {
        "en": r"ok+|okay+|okey|k|kk|fine|good|great|cool|nice|perfect|awesome|alright|all right|wow"
        r"|interesting|i see|got it|understood|sure|yes|yeah|yep|yup|no|nope|nah|maybe|lol|haha+"
        r"|hm+|huh|oh|ah|right|true|exactly|agreed|sounds good|very good|not bad|amazing|sorry"
        r"|excuse me|oops|my bad|i understand|good to know|please|pls|no problem|you'?re welcome"
        r"|that(?:'?s| is) (?:all|it|great|good|interesting|right|true|correct|enough)|go on",
        "uk": r"гаразд|добре|зрозуміло|зрозумів|зрозуміла|так|ні|чудово|супер|класно|цікаво|ясно"
        r"|вибач(?:те)?|пробач|будь ласка|ого",
        "ru": r"хорошо|понятно|понял|поняла|да|нет|отлично|здорово|круто|интересно|ладно"
        r"|извини(?:те)?|прости(?:те)?|пожалуйста|ого|ничего себе",
        "de": r"gut|alles klar|verstanden|ja|nein|super|toll|entschuldigung|bitte",
        "": r"ок|окей|океюшки|ага|угу",
    },
}
# What may stand around them.
_FILLERS = (
    "bot|sitrep|there|all|everyone|everybody|guys|friend|mate|man|dear|sir|so much|very much|a lot"
    "|again|anyway|then|and|but|well|please|for (?:that|this|your help|the help|the answer|helping"
    "|everything|now|today)|my friend|бот|боте|дуже|всем|всім|большое|велике|очень|за (?:допомогу"
    "|помощь|ответ|відповідь)|друже|друг|усім|і|и|sehr|schön|für (?:die|deine) hilfe"
)
_GLAD = frozenset("👍👏🙏❤🧡💛💚💙💜🤝😊🙂😀😃😄😁👌💪🎉🔥💯🥰😍🫶🤗✅⭐🌟")
_SORRY = frozenset("👎😠😡🤬💩🤦")
_APOSTROPHES = str.maketrans("’ʼ`‘", "''''")
_LONGEST = 12


def talk_of(message: str) -> Talk | None:
    """What a message is that asks nothing; None if it asks something."""
    written = message.casefold().translate(_APOSTROPHES)
    words = re.findall(r"[^\W_]+(?:'[^\W_]+)*", written)
    if not words:
        signs = [sign for sign in message if not sign.isspace()]
        if not any(_is_picture(sign) for sign in signs):
            return Talk(TalkKind.EMPTY)
        glad, sorry = _GLAD.intersection(signs), _SORRY.intersection(signs)
        return Talk(TalkKind.THANKS if glad else TalkKind.WRONG if sorry else TalkKind.WORDLESS)
    if len(words) > _LONGEST or any(word[0].isdigit() for word in words):
        return None
    text = " ".join(words)
    if not _TALK.fullmatch(text):
        return None
    for kind, language, pattern in _SINGLE:
        if pattern.search(text):
            return Talk(kind, language or _language_of(text))
    return None


def _language_of(text: str) -> str | None:
    """The language of words that several have, by those beside them."""
    return next((name for _, name, pattern in _SINGLE if name and pattern.search(text)), None)


def _is_picture(sign: str) -> bool:
    return ord(sign) > 0x2190 and category(sign).startswith("S")  # noqa: PLR2004  arrows on


_SINGLE = tuple(
    (kind, language, re.compile(rf"(?<![\w'])(?:{phrases})(?![\w'])"))
    for kind, by_language in _PHRASES.items()
    for language, phrases in by_language.items()
)
_ANY = "|".join(phrases for by_language in _PHRASES.values() for phrases in by_language.values())
_TALK = re.compile(rf"(?:(?:{_ANY}|{_FILLERS})(?: |$))+")


@dataclass(frozen=True, slots=True)
class Overview:
    """A wish for the news: all of it, or the newest about a `topic`.

    `is_week`: of the last week, which the message says without naming a time. `of_a_time`: only if
    it names one; "What happened to the ferry?" asks for a fact, with "yesterday" for the news.
    """

    topic: str
    is_week: bool = False
    of_a_time: bool = False


_NEWS_EN = r"(?:news|headlines|top stories|updates?|developments?|headline news|breaking news)"
_NEW_EN = r"(?:latest|newest|most recent|recent|new|current|breaking|top|main|important|biggest)"
_ASKING_EN = (
    r"(?:please |pls )?(?:(?:can|could|would) you "
    r"|i want (?:to know )?|i need |i'd like |let me know "
    r"|show me |give me |tell me |send me |get me |do you have |is there |are there |any |some "
    r"|what(?:'?s| is| are| was| were)? |anything |something |got |me )*"
)
_ABOUT = (
    r"(?:on|about|of|from|in|with|at|regarding|concerning|around|for|into|over|as for|to"
    r"|про|щодо|у|в|з|зі|із|на|від|о|об|про|с|со|по"
    r"|насчет|насчёт|из|к|zu|zum|zur|über|aus|mit|von|im)"
)
_GENERAL = re.compile(
    rf"(?:{_ASKING_EN}(?:the )?(?:{_NEW_EN} )*{_NEWS_EN}(?: (?:of the )?(?:day|now|summary"
    r"|briefing|digest|today|please|here|there|in the world|around the world))?"
    r"|(?:the )?(?:news|briefing|digest|recap|sitrep|roundup|round-up|summary)(?: please)?"
    r"|(?:what(?:'?s| is| are)?|anything|something|is anything|is there anything) (?:new|going on"
    r"|happening|happened|important|the latest)(?: now| here| there| lately| recently"
    r"| in the (?:world|news)| around the world)?"
    r"|what(?:'?s| is| was| were) in the (?:news|headlines)|(?:the )?latest"
    r"|what(?:'?s| is) the latest|what (?:has )?happened(?: lately| recently"
    r"| in the (?:world|news))?|what (?:did|have) i miss(?:ed)?|what(?:'?s| is) up in the world"
    r"|(?:please )?(?:update|brief) me|(?:please )?(?:catch|fill) me (?:up|in)|bring me up to date"
    r"|(?:please )?(?:give|send|write|make) me (?:a |the )?(?:briefing|summary|digest|recap|update)"
    r"|(?:any |what )?news(?: for| of)? (?:me|us)"
    r"|що (?:нового|сталося|відбувається|трапилося"
    r"|відбулося)(?: у світі| зараз)?|(?:які |останні |свіжі |головні )*"
    r"новини(?: дня)?|(?:дай |зроби )?(?:дайджест|зведення|підсумки|огляд)(?: дня| новин)?"
    r"|що я пропустив|що я пропустила|щось нове"
    r"|что (?:нового|случилось|произошло|происходит|было)(?: в мире"
    r"| сейчас)?|(?:какие |последние |свежие |главные )*"
    r"новости(?: дня)?|(?:дай |сделай )?(?:дайджест|сводка|сводку|итоги|обзор)(?: дня| новостей)?"
    r"|что я пропустил|что я пропустила"
    r"|was gibt(?:'?s| es) neues|(?:die )?(?:neuesten? "
    r"|aktuellen? )?(?:nachrichten|neuigkeiten|schlagzeilen)"
    r"|was ist (?:passiert|geschehen|los|neu)|was geschah)"
)
_SUMMARY = re.compile(
    r"(?:please )?(?:(?:can|could) you )?(?:summari[sz]e|sum up|recap|review|summary of|roundup of"
    r"|briefing (?:on|of|for)|підсумуй|підбий підсумки|підсумки|що сталося за|итоги|подведи итоги"
    r"|что случилось за|что произошло за|подытожь)"
    r"(?: (?:the|this|last|past|my|for|of))*(?: (?P<week>week|тижня|тиждень|недели|неделю)"
    r"| (?:day|news|headlines|дня|день|новини|новости|news of the day|week'?s news))?"
    r"(?: news)?(?: for me)?(?: please)?"
)
_ABOUT_TOPIC = re.compile(
    rf"(?:{_ASKING_EN}(?:the |a )?(?:(?:{_NEW_EN}) )*(?:{_NEWS_EN}|latest|newest|new|situation"
    r"|(?<=current )(?:state|status)|(?<=latest )(?:state|status|word)|state of (?:affairs|play)"
    r"|briefing|summary|overview|digest)"
    rf"(?: {_ABOUT})+"
    r"|what(?:'?s| is| has been) (?:happening|going on|new|up)(?: now| lately)?"
    rf"(?: {_ABOUT})+|(?P<fact>what (?:has )?(?:happened|happens))(?: {_ABOUT})+"
    rf"|(?:please )?(?:update|brief) me(?: {_ABOUT})+|(?:please )?summari[sz]e(?: the)?(?: news)?"
    rf"(?: {_ABOUT})?"
    rf"|що (?:нового|там|відбувається|чути)(?: {_ABOUT})+"
    rf"|(?P<fact_uk>що (?:сталося|трапилося|відбулося))(?: {_ABOUT})+"
    rf"|(?:які |останні |свіжі )*новини(?: {_ABOUT})*"
    rf"|что (?:нового|там|происходит|слышно)(?: {_ABOUT})+"
    rf"|(?P<fact_ru>что (?:случилось|произошло))(?: {_ABOUT})+"
    rf"|(?:какие |последние |свежие )*новости(?: {_ABOUT})*"
    rf"|was gibt(?:'?s| es) neues(?: {_ABOUT})+"
    rf"|(?:die )?(?:neuesten? |aktuellen? )?nachrichten(?: {_ABOUT})+"
    rf"|(?P<fact_de>was (?:ist|geschah|passierte))(?: (?:passiert|geschehen|los))?(?: {_ABOUT})+)"
    r"(?: the)? (?P<topic>.+?)(?: (?:passiert|geschehen|los|neues))?"
)
_TOPIC_FIRST = re.compile(
    rf"(?:{_ASKING_EN}(?:the )?(?:{_NEW_EN} )+(?P<newest>.+?) (?:news"
    rf"|updates?|developments?|headlines)"
    r"|(?P<any>(?!what|who|when|where|why|how|which|is|are|did|does|do|was|were|has|have|the"
    r"|can|could|will|would|should)\S+(?: \S+){0,3}) (?:news|headlines|latest|updates?"
    r"|новини|новости|nachrichten))"
)
_EMPTY_TOPICS = frozenset(
    {"it", "that", "this", "them", "there", "me", "us", "any", "all", "everything"}
)


def overview_of(content: str) -> Overview | None:
    """The wish for the news that a question without its dates is; None if it asks for a fact."""
    written = content.casefold().translate(_APOSTROPHES)
    text = " ".join(re.findall(r"[\w'’.-]*\w", written))
    if not text:
        return Overview("", of_a_time=True)  # "today"
    if len(text.split()) > _LONGEST:
        return None
    summary = _SUMMARY.fullmatch(text)
    if summary is not None:
        return Overview("", is_week=summary["week"] is not None)
    if _GENERAL.fullmatch(text):
        return Overview("")
    found = _ABOUT_TOPIC.fullmatch(text)
    topic = found["topic"] if found else None
    is_fact = found is not None and any(found[name] for name in _FACTS)
    if topic is None and (found := _TOPIC_FIRST.fullmatch(text)):
        topic = found["newest"] or found["any"]
    if topic is None or topic in _EMPTY_TOPICS or topic.split()[0] in _VERBAL:
        return None
    return Overview(_as_written(topic, content), of_a_time=is_fact)


_FACTS = ("fact", "fact_uk", "fact_ru", "fact_de")


# "What is new to do in ...", "what happened when ..." ask for something else.
_VERBAL = frozenset(["when", "if", "because", "who", "why", "how", "which", "whether", "do", "be"])


def _as_written(topic: str, content: str) -> str:
    """The topic with the capitals that it was written with."""
    gaps = r"[\W_]+".join(re.escape(word) for word in topic.replace("'", " ").split())
    found = re.search(rf"(?<!\w){gaps}(?!\w)", content, re.IGNORECASE)
    return found.group() if found else topic
