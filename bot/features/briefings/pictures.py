"""Pictures to share: a card with a briefing's headlines, and the timeline of a story.

Telegram doesn't say whether a reader uses dark mode, and pictures are passed on. So both have their
own background, with enough contrast in either mode. Letters are large enough for a phone, which
shows a picture at about a third of its width.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from bot.features.briefings.views import headline, title_of
from bot.features.questions.views import sentence_link
from bot.language import day
from bot.language import gettext as _
from bot.telegram.rich_text import RichText, clean, join, plain, styled
from retrieval.errors import SitrepError
from retrieval.messages import UserMessage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, tzinfo

    from matplotlib.figure import Figure

    from retrieval.models import Article, Briefing


# More would not be readable on a phone.
MOST_ENTRIES = 12
_WIDTH, _MARGIN, _DPI = 1080, 64, 100
_PAPER, _INK, _MUTED, _ACCENT, _RULE = "#15202b", "#f5f7fa", "#a9b8c6", "#5cb3ff", "#33475b"
# In pixels; a phone shows about a third of that.
_TITLE, _HEADLINE, _SMALL = 54, 42, 33
_LEADING = 1.28
_MOST_LINES = 3
_NUMBER_COLUMN, _RAIL = 74, 22
# The least mean width of letters, as a fraction of the line's height.
_LETTERS = 5
# Telegram allows 1,024 characters in a caption.
_MOST_NAME = 60


@dataclass(slots=True)
class _Sheet:
    """A picture drawn from the top down, in pixels; its height is known at the end."""

    height: float = _MARGIN
    texts: list[tuple[float, float, str, int, str, bool]] = field(default_factory=list)
    rules: list[tuple[float, float, float, float, str, float]] = field(default_factory=list)
    dots: list[tuple[float, float]] = field(default_factory=list)

    def write(  # noqa: PLR0913  the details of a line
        self,
        text: str,
        size: int,
        colour: str = _INK,
        *,
        bold: bool = False,
        left: float = _MARGIN,
        lines: int = _MOST_LINES,
    ) -> None:
        """Draw lines of text below what was drawn so far."""
        for line in wrapped(text, _WIDTH - _MARGIN - left, size, lines, bold=bold):
            self.height += size * _LEADING
            self.texts.append((left, self.height - size * 0.3, line, size, colour, bold))

    def png(self) -> bytes:
        """The picture as a PNG file."""
        height = self.height + _MARGIN
        figure = blank((_WIDTH / _DPI, height / _DPI), _DPI, paper=_PAPER)
        axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
        axes.set_axis_off()
        axes.set_xlim(0, _WIDTH)
        axes.set_ylim(height, 0)
        for x1, y1, x2, y2, colour, width in self.rules:
            axes.plot([x1, x2], [y1, y2], color=colour, linewidth=width, zorder=1)
        for x, y in self.dots:
            axes.scatter([x], [y], s=170, color=_ACCENT, zorder=2)
        for x, y, text, size, colour, bold in self.texts:
            axes.text(
                x,
                y,
                text,
                fontsize=size * 72 / _DPI,
                color=colour,
                weight="bold" if bold else "normal",
                family="DejaVu Sans",
                va="baseline",
                parse_math=False,
            )
        return png(figure)


def card(briefing: Briefing, zone: tzinfo) -> bytes:
    """A PNG with the day and a briefing's headlines, each with its outlets."""
    sheet = _Sheet()
    date, _sign, rest = title_of(briefing, zone).partition(" · ")
    sheet.write(date, _TITLE, bold=True, lines=1)
    sheet.write(rest, _SMALL, _MUTED, lines=2)
    sheet.height += 8
    for number, story in enumerate(briefing.stories, start=1):
        _rule(sheet)
        top = sheet.height
        left = _MARGIN + _NUMBER_COLUMN
        sheet.texts.append(
            (_MARGIN, top + _HEADLINE * (_LEADING - 0.3), f"{number}", _HEADLINE, _ACCENT, True)
        )
        sheet.write(headline(story), _HEADLINE, bold=True, left=left)
        sheet.height += 8
        outlets = ", ".join(dict.fromkeys((*story.outlets, *story.also)))
        sheet.write(outlets, _SMALL, _MUTED, left=left, lines=1)
    return sheet.png()


def card_text(briefing: Briefing, zone: tzinfo) -> RichText:
    """A card as lines, for a bot without matplotlib."""
    lines = [title_of(briefing, zone)]
    lines += [f"{n}. {headline(one)}" for n, one in enumerate(briefing.stories, start=1)]
    return join([plain(line) for line in lines] + [caption(briefing)], "\n")


def caption(briefing: Briefing) -> RichText:
    """A card's sources: a link to the first cited sentence of each story."""
    notes = {one.n: one for one in briefing.citations}
    links = []
    for number, story in enumerate(briefing.stories, start=1):
        first = next((notes[n] for one in story.claims for n in one.citations if n in notes), None)
        if first is None:
            continue
        name = plain(first.article.outlet, _MOST_NAME)
        if first.article.url:
            name = styled("text_link", name, sentence_link(first.article.url, first.quote))
        links.append(RichText(f"{number} ") + name)
    return join([RichText(_("Sources:")), join(links, " · ")], " ") if links else RichText()


def timeline_text(title: str, shown: Sequence[tuple[datetime, Article]], zone: tzinfo) -> RichText:
    """A timeline as lines, for a bot without matplotlib."""
    text = plain(title, 900)
    for at, article in shown:
        text += f"\n• {day(at.astimezone(zone))}: "
        text += plain(article.title) + ", " + plain(article.outlet)
    return text


def entries(articles: Sequence[tuple[datetime, Article]]) -> list[tuple[datetime, Article]]:
    """The first report of each day, oldest first; only the newest days that fit."""
    by_day: dict[object, tuple[datetime, Article]] = {}
    for at, article in sorted(articles, key=lambda one: (one[0], one[1].id)):
        by_day.setdefault(at.date(), (at, article))
    return list(by_day.values())[-MOST_ENTRIES:]


def timeline(title: str, shown: Sequence[tuple[datetime, Article]], zone: tzinfo) -> bytes:
    """A PNG with a line of days, each with its first report."""
    sheet = _Sheet()
    sheet.write(title, _TITLE, bold=True)
    sheet.height += 20
    rail, left = _MARGIN + _RAIL / 2, _MARGIN + 3 * _RAIL
    for at, article in shown:
        sheet.height += 26
        sheet.dots.append((rail, sheet.height + _SMALL * (_LEADING - 0.65)))
        when = f"{day(at.astimezone(zone))} · {clean(article.outlet)}"
        sheet.write(when, _SMALL, _ACCENT, left=left, lines=1)
        sheet.write(article.title, _HEADLINE, left=left)
    if len(sheet.dots) > 1:
        first, last = sheet.dots[0], sheet.dots[-1]
        sheet.rules.append((rail, first[1], rail, last[1], _RULE, 4))
    return sheet.png()


def wrapped(text: str, width: float, size: int, most: int, *, bold: bool = False) -> list[str]:
    """Up to `most` lines no wider than `width` pixels; cut text ends in "…"."""
    words = _drawable(clean(text), bold=bold).split()
    lines: list[str] = []
    line = ""
    for at, word in enumerate(words):
        longer = f"{line} {word}".strip()
        if _width(longer, size, bold=bold) <= width:
            line = longer
        elif len(lines) == most - 1:
            return [*lines, _cut(" ".join([line, *words[at:]]).strip(), width, size, bold=bold)]
        else:
            lines += [line] if line else []
            line = word
        if _width(line, size, bold=bold) > width:  # a word wider than the picture
            line = _cut(line, width, size, bold=bold)
    return [*lines, line] if line else lines


def _cut(text: str, width: float, size: int, *, bold: bool) -> str:
    """As much of a text as fits, if possible in whole words, with "…" at the end."""
    most = min(len(text), int(width / size * _LETTERS))
    fits = (n for n in range(most, 0, -1) if _width(f"{text[:n]}…", size, bold=bold) <= width)
    end = next(fits, 0)
    in_a_word = end < len(text) and not text[end].isspace()
    whole = text[:end].rpartition(" ")[0] if in_a_word else text[:end]
    return (whole or text[:end]).rstrip(" ,;:–—-.…") + "…"


def _width(text: str, size: int, *, bold: bool) -> float:
    face = font(bold=bold)
    face.set_size(size * 72 / _DPI, _DPI)
    face.set_text(text)
    return float(face.get_width_height()[0]) / 64


def _drawable(text: str, *, bold: bool) -> str:
    """The text without characters that the font lacks, such as emoji, unless nothing is left."""
    known = _known_letters(bold=bold)
    kept = "".join(letter for letter in text if letter.isspace() or ord(letter) in known)
    return kept if kept.strip() else "—"


@cache
def _known_letters(*, bold: bool) -> frozenset[int]:
    return frozenset(font(bold=bold).get_charmap())


def _rule(sheet: _Sheet) -> None:
    sheet.height += 26
    sheet.rules.append((_MARGIN, sheet.height, _WIDTH - _MARGIN, sheet.height, _RULE, 1.5))
    sheet.height += 16


class NoPicturesError(SitrepError):
    """matplotlib is not installed."""


def blank(
    size_in: tuple[float, float],
    dpi: int,
    *,
    paper: str = "white",
    **options: Any,  # noqa: ANN401
) -> Figure:
    """An empty figure with the background colour `paper`; `size_in` is in inches.

    Raises:
        NoPicturesError: matplotlib is not installed.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415  heavy
        from matplotlib.figure import Figure  # noqa: PLC0415
    except ImportError as error:
        raise _missing() from error
    figure = Figure(figsize=size_in, dpi=dpi, facecolor=paper, **options)
    FigureCanvasAgg(figure)
    return figure


def png(figure: Figure) -> bytes:
    """The figure as a PNG file."""
    picture = io.BytesIO()
    figure.savefig(picture, format="png", facecolor="auto", metadata={"Software": None})
    return picture.getvalue()


def font(*, bold: bool) -> Any:  # noqa: ANN401  matplotlib has no types
    """The font that letters are measured by. Matplotlib keeps one per thread, so don't share it.

    Raises:
        NoPicturesError: matplotlib is not installed.
    """
    try:
        from matplotlib.font_manager import (  # noqa: PLC0415  heavy
            FontProperties,
            findfont,
            get_font,
        )
    except ImportError as error:
        raise _missing() from error
    face = FontProperties(family="DejaVu Sans", weight="bold" if bold else "normal")
    return get_font(findfont(face))


def _missing() -> NoPicturesError:
    return NoPicturesError(UserMessage("Pictures need matplotlib: pip install 'sitrep[pictures]'."))
