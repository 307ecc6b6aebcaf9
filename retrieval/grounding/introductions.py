"""Whether a sentence says who somebody is: by a title, an apposition or a plain "is". Pure."""

from __future__ import annotations

import re
from functools import lru_cache

# What may stand before a name, with or without an article: "Prime Minister Liz Truss".
_TITLES = (
    r"president|vice president|prime minister|premier|chancellor|minister|secretary|governor|mayor"
    r"|senator|sen\.|rep\.|gov\.|representative|congress(?:man|woman)|judge|justice|general|gen\."
    r"|colonel|col\.|major|captain|capt\.|lieutenant|lt\.|admiral|commander(?:-in-chief)?|marshal"
    r"|king|queen|prince|princess|pope|bishop|archbishop|cardinal|rabbi|imam|chief|chief executive"
    r"|ceo|chair(?:man|woman|person)?|director|spokes(?:man|woman|person)|ambassador|envoy|leader"
    r"|head|coach|captain|champion|singer|actor|actress|author|writer|activist|lawyer|attorney"
    r"|analyst|professor|prof\.|dr\.|doctor|economist|scientist|reporter|correspondent|official"
    r"|prosecutor|officer|sheriff|candidate|founder|owner|winner|star|player"
    r"|президент\w*|прем['’ʼ]єр\w*|премьер\w*|міністр\w*|министр\w*|голов[аиуою]\w*|глав[аыуой]\w*"
    r"|губернатор\w*|мер\w{0,2}|мэр\w{0,2}|генерал\w*|командувач\w*|командующ\w*|главнокомандующ\w*"
    r"|головнокомандувач\w*|речни[кц]\w*|представни[кц]\w*|представител\w*|керівни[кц]\w*"
    r"|руководител\w*|начальник\w*|директор\w*|депутат\w*|король|королев\w*|экс-\w+|екс-\w+"
    r"|präsident\w*|minister\w*|kanzler\w*|bürgermeister\w*|sprecher\w*|chef\w*|vorsitzende\w*"
)
# Words between a title and the name: "prime minister of Britain, Liz Truss".
_BETWEEN = r"(?:[\s,–—-]+(?:of|for|to|at|in|the|and|de|[^\s,.;!?]+)){0,6}?[\s,–—-]+"
_KIN = (
    r"wife|husband|son|daughter|mother|father|brother|sister|widow|дружина|жена|син|сын|дочка|дочь"
)
_IS = (
    r"(?:is|was|became|becomes|serves? as|served as|works? as|has been|being|–|—|це|був|була"
    r"|была|был|является|є|стал[аи]?|став|ist|war|wurde)"
)
_WHO_IS = r"who\s+(?:is|was|became|serves|leads|heads|runs|won)\b|(?:як(?:ий|а)|котор(?:ый|ая))\s"
_AROUND = 160
_AN = r"(?:an?|the|one of|his|her|their|its|britain['’]s|former|acting|ein\w*|der|die|das)"


def introduces(sentence: str, name: str) -> bool:
    """Whether a sentence tells who a person is.

    "Alma Brandt, the minister of ports, said ..." does, "a spokesman, Jon Veld" too, and "Judge
    Alma Brandt"; "Alma Brandt said ..." does not. A name counts as told by its last word.
    """
    last = name.rsplit(maxsplit=1)[-1] if name.split() else ""
    return bool(last) and any(pattern.search(sentence) for pattern in _patterns(last.casefold()))


@lru_cache(maxsize=1_000)
def _patterns(last: str) -> tuple[re.Pattern[str], ...]:
    # A surname may be inflected: Коваленко, Смирнова.
    name = rf"(?<!\w){re.escape(_stem(last))}\w{{0,3}}(?:['’]s)?(?!\w)"
    first = r"(?:[^\W\d_]\S*\s+){0,3}"
    forms = (
        # Alma Brandt, the minister of ports ... / Alma Brandt, 24-year-old / a nurse from Sund
        rf"{name}\s*(?:,|\(|–|—)\s*(?:{_WHO_IS}|{_AN}\s+\w|\d{{1,3}}\b|(?:{_TITLES}|{_KIN})(?!\w))",
        # Alma Brandt is the minister / became prime minister
        rf"{name}\s+{_IS}\s+(?:{_AN}\s+|(?:\w+\s+){{0,3}}(?:{_TITLES})(?!\w))",
        # a spokesman, Jon Veld / the minister of ports, Alma Brandt
        rf"(?<!\w)(?:{_TITLES}|{_KIN})(?!\w){_BETWEEN}{first}{name}",
        # Prime Minister Truss / Judge Alma Brandt
        rf"(?<!\w)(?:{_TITLES})\s+{first}{name}",
        # 24-year-old Alma Brandt
        rf"\b\d{{1,3}}-year-old\s+(?:\w+\s+){{0,3}}{first}{name}",
    )
    return tuple(re.compile(form, re.IGNORECASE) for form in forms)


def _stem(last: str) -> str:
    """A Cyrillic surname without the ending that its case gives it."""
    if last.isascii() or len(last) < len("Іваненко"):
        return last
    return last[:-1] if last[-1] in "аяоуюиіьй" else last
