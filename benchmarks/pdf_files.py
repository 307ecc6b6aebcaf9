"""Ten PDF files of our own words, as news is printed, and what a reader should find in them.

Written by hand, so that it is known which letter stands where: columns drawn one after the other
and row by row, hyphens, ligatures, raised figures, tables, running heads.
"""

# ruff: noqa: E501  lines as they are printed
from __future__ import annotations

from dataclasses import dataclass

# Widths of Helvetica's letters in thousandths, as far as they differ much from 556.
_NARROW = {" ": 278, ".": 278, ",": 278, "i": 222, "l": 222, "j": 222, "t": 278, "f": 278, "r": 333}
_WIDE = {"m": 833, "w": 722, "M": 833, "W": 944}
_FONT = (
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding << /Type /Encoding"
    " /BaseEncoding /WinAnsiEncoding /Differences [1 /fi /fl] >> >>"
)


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text from `x`, on the line `y`, at a size."""

    x: float
    y: float
    text: str
    size: float = 11


@dataclass(frozen=True, slots=True)
class Printed:
    """A file: its pages, the passages that are in it, and what must not be read in it."""

    name: str
    pages: tuple[tuple[Text, ...], ...]
    wanted: tuple[str, ...]
    unwanted: tuple[str, ...] = ()
    info: str = ""


def right(printed: Printed, text: str) -> tuple[int, bool]:
    """How many of the wanted passages are found, and whether nothing unwanted is."""
    folded = " ".join(text.split())
    return (
        sum(one in folded for one in printed.wanted),
        not any(one in folded for one in printed.unwanted),
    )


def width(text: str, size: float = 11) -> float:
    """How wide a text is printed, about."""
    return sum(_NARROW.get(one, _WIDE.get(one, 556)) for one in text) * size / 1_000


def column(x: float, top: float, lines: str, size: float = 11) -> tuple[Text, ...]:
    """The lines of a text below each other."""
    return tuple(
        Text(x, top - 14 * at, line.strip(), size)
        for at, line in enumerate(lines.strip().split("\n"))
    )


def row_by_row(*columns: tuple[Text, ...]) -> tuple[Text, ...]:
    """Columns drawn line by line over the whole width."""
    return tuple(sorted((one for part in columns for one in part), key=lambda one: -one.y))


def right_aligned(x: float, y: float, text: str) -> Text:
    """A text that ends at `x`."""
    return Text(x - width(text), y, text)


def written(pages: tuple[tuple[Text, ...], ...], info: str = "") -> bytes:
    """A PDF file of these pages."""
    kids = " ".join(f"{4 + 2 * at} 0 R" for at in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {len(pages)} /Kids [{kids}] >>",
        _FONT,
    ]
    for at, page in enumerate(pages):
        drawn = "\n".join(
            f"BT /F1 {one.size} Tf 1 0 0 1 {one.x:.2f} {one.y:.2f} Tm ({_escaped(one.text)}) Tj ET"
            for one in page
        )
        objects += [
            (
                f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {5 + 2 * at} 0 R"
                " /Resources << /Font << /F1 3 0 R >> >> >>"
            ),
            f"<< /Length {len(drawn.encode('cp1252'))} >>\nstream\n{drawn}\nendstream",
        ]
    objects.append(f"<< {info} >>")
    body, offsets = b"%PDF-1.4\n", []
    for number, item in enumerate(objects, start=1):
        offsets.append(len(body))
        body += f"{number} 0 obj\n{item}\nendobj\n".encode("cp1252")
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    size = len(objects) + 1
    end = (
        f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Size {size} /Root 1 0 R"
        f" /Info {size - 1} 0 R >>\nstartxref\n{len(body)}\n%%EOF"
    )
    return body + end.encode()


def _escaped(text: str) -> str:
    for plain, escaped in (
        ("\\", r"\\"),
        ("(", r"\("),
        (")", r"\)"),
        ("ﬁ", r"\001"),
        ("ﬂ", r"\002"),
    ):
        text = text.replace(plain, escaped)
    return text


_MILL = column(
    50,
    740,
    """The mill of Varn burned down on
    Friday night, and its owner asks
    the county for help. The fire was
    seen from the islands, and forty
    men carried water from the river
    until the roof fell in at dawn.""",
)
_SALT = column(
    310,
    740,
    """Salt costs twice as much in Vik
    as it did in the spring, the fish
    hall wrote to its members. Boats
    stay in the port of Lys until the
    price falls, and nobody knows yet
    who is to pay for the empty nets.""",
)
_MILL_TOLD = "forty men carried water from the river until the roof fell in at dawn."
_SALT_TOLD = "Boats stay in the port of Lys until the price falls, and nobody knows yet who is"
_HEAD = Text(50, 785, "The Varn Courier, morning edition", 16)


def _columns() -> tuple[Printed, ...]:
    wanted = (_MILL_TOLD, _SALT_TOLD)
    unwanted = ("burned down on Salt costs",)
    narrow = tuple(
        column(x, 740, text, 9)
        for x, text in (
            (50, "Gates of the lock at Orlo are\nshut from Monday, since the\nwheel has a crack in it."),
            (230, "A bear walked into the yard\nof the school, and pupils\nstayed inside until noon."),
            (410, "The choir of Lys sings for the\nsailors on Sunday, and soup\nis given out in the hall."),
        )
    )  # fmt: skip
    three = (
        "Gates of the lock at Orlo are shut from Monday, since the wheel has a crack in it.",
        "A bear walked into the yard of the school, and pupils stayed inside until noon.",
        "The choir of Lys sings for the sailors on Sunday, and soup is given out in the hall.",
    )
    foot = Text(
        50, 600, "Both stories are told by our reporter in Varn, who was there at the time."
    )
    return (
        Printed("columns, one by one", ((_HEAD, *_MILL, *_SALT),), wanted, unwanted),
        Printed(
            "columns, row by row", ((_HEAD, *row_by_row(_MILL, _SALT), foot),), wanted, unwanted
        ),
        Printed("three columns, row by row", ((_HEAD, *row_by_row(*narrow)),), three),
    )


def _words() -> tuple[Printed, ...]:
    hyphens = column(
        50,
        740,
        """The county council holds a long-
        term loan of the state-
        owned bank, which grew by 40 per-
        cent in a year, the audi-
        tors wrote. The Anglo-
        Saxon museum stays closed, said Ida Holt-
        Lind, and the govern-
        ment pays 3-
        4 million crowns for the trans-
        port of its well-
        known treasures.""",
    )
    ligatures = column(
        50, 740, "The ofﬁce for ﬁsh found a ﬂoating net, and a ﬁne of ﬁfty crowns is due.\n"
        "Its conﬂict with the ﬂeet of Lys is the ﬁrst of its kind."
    )  # fmt: skip
    raised = (
        Text(50, 740, "The budget of Orlo rose to 14"),
        Text(50 + width("The budget of Orlo rose to 14"), 744, "2", 7),
        Text(56 + width("The budget of Orlo rose to 14"), 740, "million crowns, and the town"),
        Text(50, 726, "grew by 12 km"),
        Text(50 + width("grew by 12 km"), 730, "2", 7),
        Text(57 + width("grew by 12 km"), 726, "and by 10"),
        Text(57 + width("grew by 12 km") + width("and by 10"), 730, "6", 7),
        Text(64 + width("grew by 12 km") + width("and by 10"), 726, "tons of sand in one year."),
        Text(50, 100, "2 Without the hospital.", 8),
    )
    return (
        Printed(
            "hyphens at line ends", (hyphens,),
            ("long-term loan", "state-owned bank", "40 percent", "the auditors wrote", "Anglo-Saxon",
             "Holt-Lind", "government", "3-4 million", "transport", "well-known treasures"),
        ),
        Printed("ligatures", (ligatures,), ("office for fish found a floating", "conflict with the fleet")),
        Printed("raised figures", (raised,), ("rose to 14 million", "12 km² and by 10^6 tons of sand"), ("142 m",)),
    )  # fmt: skip


def _tables() -> tuple[Printed, ...]:
    lead = Text(50, 740, "The vote in Lys on Sunday gave these results, the election office said.")
    left = tuple(
        Text(x, 700 - 16 * at, cell)
        for at, row in enumerate(
            (("Party", "Votes", "Seats"), ("Reds", "12,400", "9"), ("Blues", "8,100", "6"))
        )
        for x, cell in zip((50, 170, 290), row, strict=True)
    )
    right = tuple(
        right_aligned(x, 700 - 16 * at, cell) if x > 50 else Text(x, 700 - 16 * at, cell)
        for at, row in enumerate(
            (("Town", "Dead", "Injured"), ("Ostrov", "14", "1,052"), ("Upper Lipa", "3", "9"))
        )
        for x, cell in zip((50, 260, 380), row, strict=True)
    )
    tail = Text(50, 630, "The numbers come from the county, and are to be checked by Friday.")
    return (
        Printed(
            "a table", ((lead, *left),),
            ("Reds: votes 12,400, seats 9", "Blues: votes 8,100, seats 6"),
        ),
        Printed(
            "a table set to the right", ((lead, *right, tail),),
            ("Ostrov: dead 14, injured 1,052", "Upper Lipa: dead 3, injured 9", tail.text),
        ),
    )  # fmt: skip


def _pages() -> tuple[Printed, ...]:
    told = (
        ("The storm on Friday felled nine hundred trees in the park of Varn, and its gardeners need",
         "until the spring to clear the paths, because the"),
        ("saws are lent to the county of Lipa. Visitors are asked to stay away from the pond until",
         "then, the office wrote on its board, and dogs are to be kept on a lead, because a branch"),
        ("may fall at any time. Nobody was hurt so far.",),
    )  # fmt: skip
    pages = tuple(
        (
            Text(50, 800, "The Varn Courier 28 November 2026", 9),
            *(Text(50, 740 - 14 * n, line) for n, line in enumerate(lines)),
            Text(280, 30, f"Page {at} of 3", 9),
        )
        for at, lines in enumerate(told, start=1)
    )
    both = (
        (_HEAD, *row_by_row(_MILL, _SALT), Text(290, 30, "1", 9)),
        (*column(50, 740, "to dry in the sun. The hall asks the county to lend it ninety tons."),
         Text(290, 30, "2", 9)),
    )  # fmt: skip
    return (
        Printed(
            "running heads and page numbers", pages,
            ("because the saws are lent to the county", "because a branch may fall at any time."),
            ("Courier", "Page"),
        ),
        Printed(
            "columns that go on overleaf",
            (both[0], both[1]),
            ("who is to pay for the empty nets.", "The hall asks the county to lend it ninety tons."),
            ("burned down on Salt",),
        ),
    )  # fmt: skip


FILES = (*_columns(), *_words(), *_tables(), *_pages())
