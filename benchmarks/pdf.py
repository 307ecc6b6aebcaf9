"""Readers of PDF on ten files whose words are known (`pdf_files`).

`python -m benchmarks.pdf` writes benchmarks/results/pdf.md.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime
from importlib.metadata import distribution, version
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

import pypdf
import pypdfium2
from pdfminer.high_level import extract_text

from benchmarks.pdf_files import FILES, right, written
from benchmarks.places import RESULTS
from retrieval.ingest.extract.pdf import read_pdf

if TYPE_CHECKING:
    from collections.abc import Callable

_TIMES = 5
_HEAD = (
    f"`python -m benchmarks.pdf`: {len(FILES)} files of our own (`benchmarks/pdf_files.py`), one"
    " run. A file counts where all of its passages are found as a reader would say them and nothing"
    " else is. Ours was written with these kinds in mind: a floor for others, no score for ours."
)
_NOW = datetime(2026, 11, 30, tzinfo=UTC)


def plain_pypdf(body: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(body)).pages)


def layout_pypdf(body: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(body)).pages
    return "\n".join(page.extract_text(extraction_mode="layout") for page in pages)


def pdfminer(body: bytes) -> str:
    return extract_text(io.BytesIO(body))


def plain_pdfium(body: bytes) -> str:
    document = pypdfium2.PdfDocument(body)
    return "\n".join(page.get_textpage().get_text_range() for page in document)


def ours(body: bytes) -> str:
    found = read_pdf(body, _NOW)
    return f"{found.title or ''}\n{found.text}"


READERS: tuple[tuple[str, Callable[[bytes], str], str], ...] = (
    ("pypdf", plain_pypdf, "pypdf"),
    ("pypdf, layout mode", layout_pypdf, "pypdf"),
    ("pdfminer.six", pdfminer, "pdfminer.six"),
    ("pypdfium2", plain_pdfium, "pypdfium2"),
    ("ours (pypdfium2's letters)", ours, "pypdfium2"),
)


def main() -> None:
    """Measure, print, write."""
    bodies = [(one, written(one.pages, one.info)) for one in FILES]
    rows, missed = [], []
    for name, read, package in READERS:
        found = whole = 0
        times = []
        for printed, body in bodies:
            for _ in range(_TIMES):
                began = perf_counter()
                text = read(body)
                times.append((perf_counter() - began) * 1_000 / len(printed.pages))
            some, clean = right(printed, text)
            found += some
            is_whole = clean and some == len(printed.wanted)
            whole += is_whole
            if not is_whole:
                missed.append(f"- {name}: {printed.name}")
        wanted = sum(len(one.wanted) for one in FILES)
        size = sum(int(file.size or 0) for file in distribution(package).files or ()) / 1e6
        rows.append(
            f"| {name} {version(package)} | {whole} of {len(FILES)} | {found} of {wanted} |"
            f" {median(times):.1f} | {size:.1f} |"
        )
    report = "\n".join(
        (
            "# Reading PDF",
            "",
            _HEAD,
            "",
            "| | files right | passages | ms a page | MB installed |",
            "|---|--:|--:|--:|--:|",
            *rows,
            "",
            "Not right:",
            "",
            *missed,
            "",
        )
    )
    (RESULTS / "pdf.md").write_text(report, encoding="utf-8")
    print(report)


if __name__ == "__main__":
    main()
