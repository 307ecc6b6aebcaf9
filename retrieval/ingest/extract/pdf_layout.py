"""Arranges letters on pages as paragraphs: lines, columns, tables, notes, hyphens. Pure.

A page is divided into regions that are read in turn: blocks across the page, then column by column,
regardless of the drawing order.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from statistics import median
from typing import TYPE_CHECKING

from retrieval.errors import ModelSettingsError
from retrieval.ingest.extract.markup import raised_in_text
from retrieval.ingest.extract.table_rows import is_figure, phrases
from retrieval.packaged import known_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


_LIGATURES = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
)
# In heights of adjacent letters: the width of a space, the gap between columns or cells, the
# tolerance of a line, and the offset and size of raised letters.
_SPACE, _GAP, _LEVEL, _RAISED, _SMALL = 0.12, 0.7, 0.3, (0.12, 0.8), 0.85
# A distance between lines that is larger than usual by this factor separates paragraphs.
_LEADING = 1.35
_LARGER = 1.15
_SHORT = 0.8
_LEAST_ROWS = 3
_PROSE_CHARS = 14
_FILLED = 0.55
# At least this share of the lines of running text begins in the middle of a sentence.
_RUNNING_ON = 0.25
_COLUMN = 10
_FAR_BELOW = 2
_MOST_RUNS = 2_000
_MOST_GUTTERS = 60
_DEEPEST = 12
_HEADLINE = 1.2
# Running heads and feet: on how many pages, how long, and how far from the text.
_FEWEST_PAGES, _LONGEST_HEAD, _APART = 3, 80, 1.8
_NUMBER_ALONE = re.compile(r"(?<![\w.,])\d{1,4}(?![\w.,])")
_LONGEST_HEADLINE = 300
_MARGIN = 0.1
_STOP = re.compile(r"[.!?…:][\"”»’)\]]*$")
_ITEM = re.compile(r"(?:[•‣▪●◦–—*-]|\d{1,2}[.)]|[a-z]\))\s")
_PAGE_NUMBER = re.compile(
    r"\W*(?:page|p\.|seite|página|стор\.?|сторінка|стр\.?|страница|с\.)?\s*\d{1,4}"
    r"(?:\s*(?:of|/|von|de|з|із|из)\s*\d{1,4})?\W*",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter from `left` to `right` on the baseline `y`, with its `height`."""

    text: str
    left: float
    right: float
    y: float
    height: float


@dataclass(slots=True)
class Piece:
    """A part of a line without a gap, such as a line in a column or a cell."""

    text: str
    left: float
    right: float
    y: float
    height: float

    @property
    def width(self) -> float:
        """The distance from its first letter to its last."""
        return self.right - self.left


@dataclass(slots=True)
class PdfBlock:
    """Lines that belong together; `apart`: the next block can't continue their sentence."""

    lines: list[str] = field(default_factory=list)
    height: float = 0.0
    apart: bool = False


def arranged(pages: Iterable[Iterable[Letter]]) -> tuple[str | None, str]:
    """The headline of the first page, if its size shows one, and the text of all pages."""
    cut = _without_edges([_pieces(page) for page in pages])
    ends = LineEnds(piece.text for page in cut for piece in page)
    blocks = [block for page in cut for block in _read(page)]
    headline = _headline(blocks)
    if headline is not None:
        blocks = blocks[1:]
    text = "\n\n".join(ends.joined(lines) for lines in _paragraphs(blocks))
    return headline, text


def _pieces(letters: Iterable[Letter]) -> list[Piece]:
    """The pieces of a page, from top to bottom and left to right, including raised letters."""
    runs = _runs(letters)
    # All pairs are compared, so a page full of specks is skipped.
    few = runs if len(runs) <= _MOST_RUNS else ()
    raised = [run for run in few if _is_raised(run, runs)]
    apart = {id(run) for run in raised}
    others = [run for run in runs if id(run) not in apart]
    notes = {found[0] for run in others if (found := re.match(r"\d{1,3}(?=[\s.)])", run.text))}
    marks = [(run.left, run.y, _Raised(run.text.strip(), notes)) for run in raised]
    return _joined_lines(others, marks, raised)


@dataclass(frozen=True, slots=True)
class _Raised:
    text: str
    notes: set[str]


def _runs(letters: Iterable[Letter]) -> list[Piece]:
    """Letters drawn in succession on a line at one size."""
    runs: list[Piece] = []
    for one in letters:
        if one.text.isspace() or one.height <= 0:
            continue
        text = one.text.translate(_LIGATURES)
        last = runs[-1] if runs else None
        if last is not None and _goes_on(last, one):
            space = one.left - last.right > _SPACE * last.height
            last.text += f" {text}" if space else text
            last.right = max(last.right, one.right)
        else:
            runs.append(Piece(text, one.left, one.right, one.y, one.height))
    return runs


def _goes_on(last: Piece, one: Letter) -> bool:
    same_line = abs(one.y - last.y) < 0.02 * last.height + 0.05
    same_size = abs(one.height - last.height) < 0.05 * last.height
    gap = one.left - last.right
    return same_line and same_size and -0.5 * last.height < gap < _GAP * last.height


def _is_raised(run: Piece, runs: Sequence[Piece]) -> bool:
    """Whether a run is small and raised above the baseline of a larger one close to it."""
    if len(run.text) > 12:  # noqa: PLR2004
        return False
    low, high = _RAISED
    return any(
        run.height < _SMALL * other.height
        and low * other.height < run.y - other.y < high * other.height
        and -0.5 * run.height < run.left - other.right < 0.5 * other.height
        for other in runs
        if abs(run.y - other.y) < other.height
    )


def _joined_lines(
    runs: Sequence[Piece], marks: Sequence[tuple[float, float, _Raised]], raised: Sequence[Piece]
) -> list[Piece]:
    """The runs on each line joined from left to right, up to the gaps."""
    pieces: list[Piece] = []
    spare = list(zip(marks, raised, strict=True))
    for row in _rows(runs):
        for run in sorted(row, key=lambda one: one.left):
            last = pieces[-1] if pieces else None
            between = [
                one
                for one in spare
                if last is not None and _is_between(one[1], last) and one[1].left <= run.right
            ]
            same_row = last is not None and abs(last.y - run.y) < _LEVEL * max(
                last.height, run.height
            )
            if last is not None and between:
                _put_in(last, between, run.text if same_row else "")
                spare = [one for one in spare if one not in between]
            if last is not None and same_row and _is_close(last, run):
                space = run.left - last.right > _SPACE * min(last.height, run.height)
                last.text += f" {run.text}" if space else run.text
                last.right, last.height = max(last.right, run.right), max(last.height, run.height)
            else:
                pieces.append(Piece(run.text, run.left, run.right, run.y, run.height))
        if pieces:
            between = [one for one in spare if _is_between(one[1], pieces[-1])]
            _put_in(pieces[-1], between, "")
            spare = [one for one in spare if one not in between]
    return pieces


def _is_between(raised: Piece, last: Piece) -> bool:
    return (
        0 < raised.y - last.y < last.height
        and -0.5 * raised.height < raised.left - last.right < 0.5 * last.height
    )


def _put_in(
    last: Piece, between: Sequence[tuple[tuple[float, float, _Raised], Piece]], after: str
) -> None:
    for (_, _, mark), run in between:
        last.text += raised_in_text(mark.text, last.text, after, frozenset(mark.notes))
        last.right = max(last.right, run.right)


def _is_close(last: Piece, run: Piece) -> bool:
    return run.left - last.right < _GAP * max(last.height, run.height)


def _rows(pieces: Iterable[Piece]) -> list[list[Piece]]:
    """Pieces grouped by line, from top to bottom."""
    rows: list[list[Piece]] = []
    for one in sorted(pieces, key=lambda piece: (-piece.y, piece.left)):
        if rows and abs(rows[-1][0].y - one.y) < _LEVEL * min(rows[-1][0].height, one.height):
            rows[-1].append(one)
        else:
            rows.append([one])
    return [sorted(row, key=lambda piece: piece.left) for row in rows]


def _without_edges(pages: list[list[Piece]]) -> list[list[Piece]]:
    """Pages without page numbers and running heads and feet."""
    rows = [_rows(page) for page in pages]
    edges: Counter[tuple[str, int]] = Counter()
    for page in rows:
        edges.update({_edge(row) for row in _outer(page)})
    counted = _counting(rows)
    kept = []
    for at, page in enumerate(rows):
        outer = _outer(page)
        gone = [
            row
            for row in outer
            if edges[_edge(row)] > 1
            or (len(page) > 1 and _PAGE_NUMBER.fullmatch(_row_text(row)))
            or (counted is not None and at + counted in _lone_numbers(page, row))
        ]
        kept.append([piece for row in page if row not in gone for piece in row])
    return kept


def _counting(pages: Sequence[Sequence[list[Piece]]]) -> int | None:
    """The offset from page indices to printed page numbers, if most pages show one.

    With it, even a head that occurs only once is recognised: "12 HARBOURS".
    """
    ahead: Counter[int] = Counter()
    for at, page in enumerate(pages):
        numbers = (
            {n for row in (page[0], page[-1]) for n in _lone_numbers(page, row)} if page else set()
        )
        ahead.update(number - at for number in numbers)
    found = ahead.most_common(1)
    return found[0][0] if found and found[0][1] >= max(_FEWEST_PAGES, len(pages) / 2) else None


def _lone_numbers(page: Sequence[list[Piece]], row: list[Piece]) -> set[int]:
    """The numbers in a short row at a page's edge, apart from the text."""
    text = _row_text(row)
    at_edge = row is page[0] or row is page[-1]
    if len(text) > _LONGEST_HEAD or len(page) == 1 or not at_edge:
        return set()
    beside = page[1] if row is page[0] else page[-2]
    if abs(row[0].y - beside[0].y) < _APART * max(row[0].height, beside[0].height):
        return set()
    return {int(one) for one in _NUMBER_ALONE.findall(text)}


def _outer(page: Sequence[list[Piece]]) -> list[list[Piece]]:
    """The first and the last row, and rows next to them in the margins."""
    if not page:
        return []
    top, bottom = page[0][0].y, page[-1][0].y
    depth = (top - bottom) * _MARGIN / 2
    inner = [row for row in page[1:-1] if row[0].y > top - depth or row[0].y < bottom + depth]
    return [page[0], *inner, *page[1:][-1:]]


def _edge(row: Sequence[Piece]) -> tuple[str, int]:
    return _DIGITS.sub("#", _row_text(row)), round(row[0].y / 3)


def _row_text(row: Sequence[Piece]) -> str:
    return " ".join(piece.text for piece in row)


def _read(pieces: Sequence[Piece], depth: int = 0) -> list[PdfBlock]:
    """The blocks of a region, in reading order."""
    rows = _rows(pieces)
    split = _columns(rows) if depth < _DEEPEST else None
    if split is None:
        return _blocks(rows)
    first, last, gutter = split
    inside = [piece for row in rows[first:last] for piece in row]
    left = [piece for piece in inside if piece.right <= gutter]
    right = [piece for piece in inside if piece.left >= gutter]
    above = [piece for row in rows[:first] for piece in row]
    below = [piece for row in rows[last:] for piece in row]
    return [
        block for part in (above, left, right, below) if part for block in _read(part, depth + 1)
    ]


def _columns(rows: Sequence[Sequence[Piece]]) -> tuple[int, int, float] | None:
    """The longest run of rows with a gutter between columns of prose: (from, to, position)."""
    lefts = Counter(round(piece.left) for row in rows for piece in row)
    best: tuple[int, int, float] | None = None
    for left, _ in lefts.most_common(_MOST_GUTTERS):
        gutter, start = left - 0.5, 0
        for at in range(len(rows) + 1):
            if at < len(rows) and not any(one.left < gutter < one.right for one in rows[at]):
                continue
            longest = best[1] - best[0] if best else 0
            span = _prose_span(rows, start, at, gutter) if at - start > longest else None
            if span is not None and span[1] - span[0] > longest:
                best = (*span, gutter)
            start = at + 1
    return best


def _prose_span(
    rows: Sequence[Sequence[Piece]], start: int, end: int, gutter: float
) -> tuple[int, int] | None:
    """The range within `start` and `end` that has rows on both sides, if both are prose."""
    inside = [(at, piece) for at in range(start, end) for piece in rows[at]]
    sides = [
        [(at, piece) for at, piece in inside if piece.right <= gutter],
        [(at, piece) for at, piece in inside if piece.left >= gutter],
    ]
    if any(len(side) < _LEAST_ROWS for side in sides):
        return None
    if not all(_is_prose([piece for _, piece in side]) for side in sides):
        return None
    # Rows far below the columns on one side only, such as notes, aren't part of them.
    leading = _usual_leading(rows[start:end])
    bottom = min(max(at for at, _ in side) for side in sides)
    for at in range(bottom + 1, end):
        if rows[at - 1][0].y - rows[at][0].y > leading * _FAR_BELOW:
            return start, at
    return start, end


def _is_prose(side: Sequence[Piece]) -> bool:
    """Whether pieces are lines of running text and not cells."""
    if sum(is_figure(piece.text) for piece in side) * 3 > len(side):
        return False
    if median(len(piece.text) for piece in side) < _PROSE_CHARS:
        return False
    begins = [piece.text[0] for piece in side if piece.text[0].isalpha()]
    cased = [one for one in begins if one.islower() or one.isupper()]
    if sum(one.islower() for one in cased) < _RUNNING_ON * len(cased):
        return False
    ends: dict[int, float] = {}  # of the columns on this side
    for piece in side:
        at = round(piece.left / _COLUMN)
        ends[at] = max(ends.get(at, 0.0), piece.right)
    filled = [piece.width / (ends[round(piece.left / _COLUMN)] - piece.left) for piece in side]
    return median(filled) > _FILLED


def _blocks(rows: Sequence[Sequence[Piece]]) -> list[PdfBlock]:
    """The paragraphs and tables of one column."""
    if not rows:
        return []
    leading, edge = _usual_leading(rows), max(piece.right for row in rows for piece in row)
    left = min(piece.left for row in rows for piece in row)
    blocks: list[PdfBlock] = []
    at = 0
    last: Piece | None = None
    while at < len(rows):
        end = _table_end(rows, at)
        if end - at >= 2:  # noqa: PLR2004
            blocks += [PdfBlock([row], apart=True) for row in phrases(_cells(rows[at:end]))]
            at, last = end, None
            continue
        line = Piece(
            _row_text(rows[at]), rows[at][0].left, rows[at][-1].right, rows[at][0].y,
            max(piece.height for piece in rows[at]),
        )  # fmt: skip
        if last is None or _begins(line, last, blocks[-1], leading, (left, edge)):
            blocks.append(PdfBlock(height=line.height))
        blocks[-1].lines.append(line.text)
        last = line
        at += 1
    return blocks


def _begins(
    line: Piece, last: Piece, block: PdfBlock, leading: float, column: tuple[float, float]
) -> bool:
    """Whether a line is the first of its paragraph."""
    if last.y - line.y > leading * _LEADING or not _same_size(line, last):
        return True
    if _ITEM.match(line.text):
        return True
    left, right = column
    ended = _STOP.search(last.text) is not None
    if ended and last.right < left + (right - left) * _SHORT:
        return True
    indented = line.left - last.left > 0.5 * line.height
    return ended and indented and len(block.lines) > 0


def _same_size(one: Piece, two: Piece) -> bool:
    large, small = max(one.height, two.height), min(one.height, two.height)
    return large < small * _LARGER


def _usual_leading(rows: Sequence[Sequence[Piece]]) -> float:
    steps = [above[0].y - below[0].y for above, below in itertools.pairwise(rows)]
    return median(steps) if steps else 0.0


def _table_end(rows: Sequence[Sequence[Piece]], at: int) -> int:
    """The row after the table that begins at `at`; `at` itself if there is no table."""
    if len(rows[at]) < 2:  # noqa: PLR2004
        return at
    end = at + 1
    while end < len(rows) and len(rows[end]) > 1 and _is_below(rows[end], rows[at]):
        end += 1
    if end - at < 2:  # noqa: PLR2004
        return at
    cells = [piece.text for row in rows[at:end] for piece in row]
    short = sum(len(cell) <= 40 for cell in cells)  # noqa: PLR2004
    return end if short * 5 >= len(cells) * 4 else at


def _is_below(row: Sequence[Piece], head: Sequence[Piece]) -> bool:
    """Whether all cells except the first are below cells of the row above."""
    return all(
        any(cell.left < other.right + cell.height and other.left < cell.right + cell.height
            for other in head)
        for cell in row[1:]
    )  # fmt: skip


def _cells(rows: Sequence[Sequence[Piece]]) -> list[list[str]]:
    """Rows as a grid: pieces above one another form a column."""
    spans: list[tuple[float, float]] = []
    for left, right in sorted((piece.left, piece.right) for row in rows for piece in row):
        if spans and left < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], right))
        else:
            spans.append((left, right))
    grid = []
    for row in rows:
        line = [""] * len(spans)
        for piece in row:
            at = next(n for n, span in enumerate(spans) if span[0] <= piece.left < span[1] + 0.01)
            line[at] = f"{line[at]} {piece.text}".strip()
        grid.append(line)
    return grid


def _headline(blocks: Sequence[PdfBlock]) -> str | None:
    """The text of the first block, if its letters are larger than the text's and it isn't long."""
    sizes = Counter[float]()
    for block in blocks:
        sizes[block.height] += sum(map(len, block.lines))
    if len(blocks) < 2 or not sizes or blocks[0].apart:  # noqa: PLR2004
        return None
    text = " ".join(blocks[0].lines)
    body = sizes.most_common(1)[0][0]
    is_large = blocks[0].height > body * _HEADLINE
    return text if is_large and len(text) <= _LONGEST_HEADLINE else None


def _paragraphs(blocks: Sequence[PdfBlock]) -> list[list[str]]:
    """The lines of each paragraph; one that a column or page interrupts is continued."""
    found: list[list[str]] = []
    before: PdfBlock | None = None
    for block in blocks:
        goes_on = (
            before is not None
            and not before.apart
            and not block.apart
            and abs(before.height - block.height) < 0.1 * block.height
            and not _STOP.search(before.lines[-1])
            and (block.lines[0][:1].islower() or before.lines[-1].endswith("-"))
        )
        if goes_on:
            found[-1] = [*found[-1], *block.lines]
        else:
            found.append(list(block.lines))
        before = block
    return found


# Words divided at the end of a line: joined with or without their hyphen. Pure.
#
# "trans-" and "port" are "transport", "state-" and "owned" are "state-owned": the document's other
# words decide, then the English words in the local model's tokenizer.

_WORD = re.compile(r"[^\W\d_]+(?:[-‐][^\W\d_]+)*")
_END = re.compile(r"([^\W_]+)([-‐\u00ad])$")
_BEGIN = re.compile(r"[^\W_]+")
# Joined to the next word without a hyphen, although both halves are words.
_PREFIXES = frozenset(
    re.findall(
        r"\w+",
        """
        anti auto bi co counter de dis fore hyper im in inter mega micro mid mini mis mono multi out
        over para photo poly post pre pro re semi sub super tele trans tri ultra un under up
        """,
    )
)
# Always preceded by a hyphen.
_SECOND = frozenset(
    re.findall(
        r"\w+",
        """
        based backed born bound built controlled driven educated elect era free friendly funded held
        hit led like made old only operated orient oriented owned part priced related rich run scale
        sized speaking sponsored style term time trained wide winning year
        """,
    )
)
_SLAVIC_FIRST = frozenset({"будь", "казна", "хтозна", "кое", "по", "во", "в"})
_SLAVIC_SECOND = frozenset(
    {"то", "небудь", "таки", "либо", "нибудь", "ка", "от", "но", "перше", "друге", "третє"}
    | {"первых", "вторых", "третьих"}
)


class LineEnds:
    """Joins lines, using the words of their document."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._words: set[str] = set()
        for line in lines:
            self._words.update(word.lower() for word in _WORD.findall(line)[:-1])
            last = _WORD.findall(line)[-1:]
            if last and not line.endswith(("-", "‐", "\u00ad")):
                self._words.add(last[0].lower())

    def joined(self, lines: list[str]) -> str:
        """The lines of a paragraph as one text, with divided words joined."""
        text = ""
        for line in lines:
            end = _END.search(text)
            begin = _BEGIN.match(line)
            if end is None or begin is None:
                text += f"\n{line}" if text else line
            elif end[2] == "\u00ad" or not self._keeps_hyphen(end[1], begin[0]):
                text = text[: -len(end[2])] + line
            else:
                text = text[: -len(end[2])] + "-" + line
        return text

    def _keeps_hyphen(self, first: str, second: str) -> bool:
        """Whether the hyphen belongs to the divided word."""
        if first[-1].isdigit() or second[0].isdigit():
            return True
        if second[0].isupper() and not (first.isupper() and second.isupper()):
            return True
        one, two = first.lower(), second.lower()
        if one + two in self._words:
            return False
        if f"{one}-{two}" in self._words:
            return True
        if one in _SLAVIC_FIRST or two in _SLAVIC_SECOND:
            return True
        return one.isascii() and two.isascii() and _is_compound(one, two)


def _is_compound(one: str, two: str) -> bool:
    """Whether two halves are an English compound with a hyphen rather than one word."""
    english = _english()
    if one + two in english or one in _PREFIXES:
        return False
    return two in _SECOND or (one in english and two in english)


@cache
def _english() -> frozenset[str]:
    """English words of at least three letters; none if their package is missing."""
    try:
        return frozenset(word for word in known_words() if len(word) > 2 and word.isascii())  # noqa: PLR2004
    except ModelSettingsError:
        return frozenset()
