"""The language of a text: by its letters where there are enough of them, else as declared."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

_ENOUGH = 60
_LOOKED_AT = 4_000
_SURE, _LIKELY, _POSSIBLE = 0.9, 0.5, 0.05


def language_of(text: str, declared: str | None = None) -> str | None:
    """The primary tag ("uk"), or None where neither the text nor its page tells.

    What a page declares is often its template's language, so a text that is long enough wins.
    """
    wanted = primary(declared)
    if sum(character.isalpha() for character in text[:_LOOKED_AT]) < _ENOUGH:
        return wanted
    ranked = [(str(tag), float(share)) for tag, share in _identifier().rank(text[:_LOOKED_AT])]
    best, sureness = ranked[0]
    if sureness >= _SURE or dict(ranked).get(wanted or "", 0.0) < _POSSIBLE:
        return best if sureness >= _LIKELY else wanted
    return wanted


def load() -> None:
    """Read the model now, which unpacks it into a temporary file: before files are forbidden."""
    _identifier()


def primary(tag: str | None) -> str | None:
    """`uk` of `uk-UA`, `uk_UA`; None where there is no such tag."""
    tag = (tag or "").strip().replace("_", "-").partition("-")[0].lower()
    return tag if tag.isascii() and tag.isalpha() and len(tag) in (2, 3) else None


@cache
def _identifier() -> LanguageIdentifier:
    """The model, read at first use: half a second."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415  heavy

    return LanguageIdentifier.from_modelpath(files("py3langid") / MODEL_FILE, norm_probs=True)
