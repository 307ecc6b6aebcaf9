"""Tables as self-contained rows: each repeats the heads. Pure; for HTML and PDF.

"Ostrov: dead 14, injured 52" from a table with the heads Village, Dead, Injured.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from retrieval.ingest.limits import MAX_TEXT_CHARS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lxml.html import HtmlElement

    Grid = list[list[str]]

_BLOCKS = ("h1", "h2", "article", "form", "table", "iframe", "video", "blockquote", "ul", "ol")
_LONGEST_CELL = 300
_MOST_CELLS = 20_000
_MOST_SPAN = 100
_MOST_LINKED = 0.8
_FIGURE = re.compile(r"[-−+±~≈<>]?\W{0,2}\d[\d.,\s'’%/:–-]*\W?(?:[^\W\d_]{1,4}\.?)?\W{0,2}")
_NOTHING = frozenset({"", "-", "–", "—", "…", "..", "."})
_RANK = re.compile(r"(?:#|№|no\.?|nr\.?|rank|pos\.?|place|rang|місце|место)", re.IGNORECASE)
# Heads that are plain words lose their capital, so that a row reads as a phrase; names keep it.
_PLAIN_HEADS = frozenset(
    re.findall(
        r"\w+",
        """
        age amount and arrested average budget casualties cases change children city comment cost
        costs count country damage date dead deaths death detained died district draw draws drawn
        duration evacuated families fatalities figure gain goals growth height homes hospitalised
        hospitalized hour houses hurt income injured injuries killed length level loss losses lost
        majority men missing name number of party people per percent percentage place played points
        population price prices rank rate recovered region result results score seats share size
        speed state status strength tests time total town turnout value village votes weight wins
        women won wounded year years
        загинуло загиблі вбито поранено поранені зникли голоси мандати місця частка ціна кількість
        населення всього разом рік зміна ріст втрати погибло погибшие убито ранено раненые пропали
        голоса мандаты места доля цена количество население всего итого год изменение рост потери
        """,
    )
)


def written_rows(table: HtmlElement) -> list[str] | None:
    """The rows of a data `<table>` as phrases, after its caption; None for a layout table."""
    rows = [row for row in table.iter("tr") if next(row.iterancestors("table")) is table]
    if table.get("role") in {"presentation", "none"} or _is_layout(rows):
        return None
    grid, heads = _grid(rows), _head_rows(rows)
    caption = [_line(one) for one in table.iterchildren("caption")]
    return [*filter(None, caption), *phrases(grid, heads)]


def phrases(grid: Grid, heads: int | None = None) -> list[str]:
    """The rows of a table as phrases; `heads` is the number of head rows, None if unknown."""
    grid = [row for row in grid if any(cell not in _NOTHING for cell in row)]
    if not grid:
        return []
    width = max(map(len, grid))
    grid = [row + [""] * (width - len(row)) for row in grid]
    if heads is None:
        heads = int(looks_like_head(grid))
    heads = min(heads, len(grid) - 1)
    names = [_joined_head([row[column] for row in grid[:heads]]) for column in range(width)]
    label = _label_column(grid[heads:], names)
    found: list[str] = []
    left = MAX_TEXT_CHARS
    for row in grid[heads:]:
        if (phrase := _phrase(row, names, label)) and left > 0:
            found.append(phrase)
            left -= len(phrase)
    return found


def looks_like_head(grid: Grid) -> bool:
    """Whether the first row has words above columns of figures."""
    first, rest = grid[0], grid[1:]
    if not rest or not all(cell for cell in first[1:]) or any(map(is_figure, first)):
        return False
    columns = range(1, len(first))
    return any(all(is_figure(row[n]) or row[n] in _NOTHING for row in rest) for n in columns)


def is_figure(cell: str) -> bool:
    """Whether a cell is a figure, perhaps with a unit or sign."""
    return _FIGURE.fullmatch(cell) is not None


def _is_layout(rows: Sequence[HtmlElement]) -> bool:
    """Whether a table is only used for layout."""
    cells = [list(row.iterchildren("td", "th")) for row in rows]
    if not cells or max(map(len, cells)) <= 1 or sum(map(len, cells)) > _MOST_CELLS:
        return True
    if len(rows) == 1 and not any(cell.tag == "th" for cell in cells[0]):
        return True
    every = [cell for row in cells for cell in row]
    if _is_of_links(every):
        return True
    if any(next(cell.iterdescendants(*_BLOCKS), None) is not None for cell in every):
        return True
    return any(
        len(_line(cell)) > _LONGEST_CELL or sum(1 for _ in cell.iter("p")) > 1 for cell in every
    )


def _is_of_links(cells: Sequence[HtmlElement]) -> bool:
    """Whether nearly all text in the cells is links."""
    linked = sum(len(_line(link)) for cell in cells for link in cell.iter("a"))
    return linked > sum(len(_line(cell)) for cell in cells) * _MOST_LINKED


def _grid(rows: Sequence[HtmlElement]) -> Grid:
    """The text of each cell; a cell that spans several is repeated in each."""
    grid: Grid = []
    below: dict[int, tuple[int, str]] = {}
    for row in rows:
        line: list[str] = []
        for cell in row.iterchildren("td", "th"):
            _fill(line, below)
            text = _line(cell)
            for _ in range(_span(cell, "colspan")):
                if (more := _span(cell, "rowspan")) > 1:
                    below[len(line)] = (more - 1, text)
                line.append(text)
        _fill(line, below)
        grid.append(line[:_MOST_SPAN])
    return grid


def _fill(line: list[str], below: dict[int, tuple[int, str]]) -> None:
    """Fill in cells that span down from the rows above."""
    while len(line) in below:
        more, text = below.pop(len(line))
        if more > 1:  # and from this row to the next
            below[len(line)] = (more - 1, text)
        line.append(text)


def _span(cell: HtmlElement, name: str) -> int:
    value = cell.get(name, "1").strip()
    return min(max(int(value), 1), _MOST_SPAN) if value.isdecimal() and len(value) < 5 else 1  # noqa: PLR2004


def _head_rows(rows: Sequence[HtmlElement]) -> int | None:
    """How many rows form the head; None if the markup doesn't say."""
    count = 0
    for row in rows:
        cells = list(row.iterchildren("td", "th"))
        parent = row.getparent()
        in_head = parent is not None and parent.tag == "thead"
        if not in_head and not (cells and all(cell.tag == "th" for cell in cells)):
            break
        count += 1
    return count or None


def _joined_head(cells: Sequence[str]) -> str:
    """The head of a column from all head rows, without repetitions."""
    names = [cell for cell in dict.fromkeys(cells) if cell not in _NOTHING]
    name = " ".join(names)
    words = re.findall(r"\w+", name.lower())
    is_plain = bool(words) and not name.isupper() and _PLAIN_HEADS.issuperset(words)
    return name[0].lower() + name[1:] if is_plain else name


def _label_column(rows: Grid, names: Sequence[str]) -> int:
    """The column with a row's subject: the first that isn't just a rank."""
    ranked = _RANK.fullmatch(names[0]) is not None or (
        not names[0] and all(row[0].strip(".").isdigit() for row in rows)
    )
    return 1 if ranked and len(names) > 2 else 0  # noqa: PLR2004


def _phrase(row: list[str], names: Sequence[str], label: int) -> str:
    """A row as a phrase; a cell that spans the whole row is a heading."""
    if len(set(row)) == 1:
        return row[0]
    parts = []
    for column, cell in enumerate(row):
        repeated = column and cell == row[column - 1] and names[column] == names[column - 1]
        if column == label or cell in _NOTHING or repeated:
            continue
        parts.append(f"{names[column]} {cell}" if names[column] else cell)
    told = ", ".join(parts)
    about = row[label]
    if about in _NOTHING:
        return told
    return f"{about.removesuffix(':')}: {told}" if told else about


def _line(element: HtmlElement) -> str:
    return " ".join(" ".join(element.itertext()).split())
