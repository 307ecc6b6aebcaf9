"""Files made to harm their readers: names, and functions that make their bytes."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING

from docx import Document
from pypdf import PdfReader, PdfWriter

from . import pages

if TYPE_CHECKING:
    from collections.abc import Callable

GOOD = b"The rivers of the north rose by two metres in one night, the water service said."
ZEROS = b"\0" * 100_000_000


def zipped(members: dict[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", packing) as archive:
        for name, body in members.items():
            archive.writestr(name, body)
    return written.getvalue()


def docx(xml: str | bytes | None = None, **extra: bytes) -> bytes:
    """A Word document with one paragraph, or with `xml` as its main part."""
    written = io.BytesIO()
    document = Document()
    document.add_paragraph(GOOD.decode())
    document.save(written)
    members = {}
    with zipfile.ZipFile(written) as archive:
        for name in archive.namelist():
            members[name] = archive.read(name)
    if xml is not None:
        members["word/document.xml"] = xml if isinstance(xml, bytes) else xml.encode()
    members |= {name.replace("__", "/"): body for name, body in extra.items()}
    return zipped(members)


def encrypted_pdf(algorithm: str) -> bytes:
    writer = PdfWriter(PdfReader(io.BytesIO(pages.pdf([GOOD.decode()]))))
    writer.encrypt("secret", algorithm=algorithm)
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def flate_pdf(body: bytes, times: int = 1) -> bytes:
    """A PDF page whose content is packed, `times` over."""
    for _ in range(times):
        body = zlib.compress(body, 9)
    filters = "/FlateDecode " * times
    head = f"4 0 obj\n<< /Length {len(body)} /Filter [{filters}] >>\nstream\n".encode()
    plain = pages.pdf([""])
    start, end = plain.index(b"4 0 obj"), plain.index(b"5 0 obj")
    return plain[:start] + head + body + b"\nendstream\nendobj\n" + plain[end:]


def lying_zip(size: int) -> bytes:
    """A zip file whose directory gives a wrong size for its member."""
    body = bytearray(zipped({"a.txt": b"\0" * 50_000_000}))
    directory = body.rindex(b"PK\x01\x02")
    body[directory + 24 : directory + 28] = struct.pack("<I", size)
    return bytes(body)


def encrypted_zip() -> bytes:
    body = bytearray(zipped({"a.txt": GOOD}))
    body[body.rindex(b"PK\x01\x02") + 8] |= 1
    body[6] |= 1
    return bytes(body)


def entities(depth: int) -> str:
    """Entities that would be 10 ** depth times as long when replaced."""
    lines = ['<!ENTITY e0 "the river rose ">']
    lines += [f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, depth + 1)]
    return f"<?xml version='1.0'?><!DOCTYPE d [{''.join(lines)}]>"


WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def word_xml(inner: str, before: str = "") -> str:
    return f'{before}<w:document xmlns:w="{WORD}"><w:body>{inner}</w:body></w:document>'


EXTERNAL = '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
FILES: dict[str, tuple[str, Callable[[], bytes]]] = {
    "html nested 100,000 deep": ("a.html", lambda: b"<html><body>" + b"<div>" * 100_000 + GOOD),
    "html inline nested": ("a.html", lambda: b"<html><p>" + b"<b><i>" * 100_000 + GOOD),
    "html lists nested": ("a.html", lambda: b"<html><body>" + b"<ul><li>" * 50_000 + GOOD),
    "html tables nested": ("a.html", lambda: b"<html><body>" + b"<table><tr><td>" * 30_000 + GOOD),
    "html quotes nested": ("a.html", lambda: b"<html><body>" + b"<blockquote>" * 100_000 + GOOD),
    "html unclosed attributes": ("a.html", lambda: b"<html><p " + b'a="' * 300_000),
    "html of comments": ("a.html", lambda: b"<html>" + b"<!--" * 500_000),
    "html with a million attributes": (
        "a.html",
        lambda: b"<html><p " + b" ".join(b"a%d=1" % n for n in range(200_000)) + b">" + GOOD,
    ),
    "html of brackets": ("a.html", lambda: b"<html>" + b"<" * 2_000_000),
    "html with entities": (
        "a.html",
        lambda: entities(9).encode() + b"<html><body><p>&e9;" + GOOD + b"</p></body></html>",
    ),
    "html with an external entity": (
        "a.html",
        lambda: b"<?xml version='1.0'?>" + EXTERNAL.encode() + b"<html><p>&x;" + GOOD,
    ),
    "html with json nested": (
        "a.html",
        lambda: b"<html><script type='application/ld+json'>" + b"[" * 500_000 + b"</script>" + GOOD,
    ),
    "html with an endless date": (
        "a.html",
        lambda: b'<html><meta property="og:published_time" content="' + b"1" * 1_000_000 + b'">',
    ),
    "markdown nested": ("a.md", lambda: b"> " * 100_000 + GOOD),
    "markdown of brackets": ("a.md", lambda: b"[" * 100_000 + GOOD),
    "markdown of stars": ("a.md", lambda: b"*a **" * 100_000 + GOOD),
    "markdown of backticks": ("a.md", lambda: b"".join(b"`" * n + b"a" for n in range(1, 1_500))),
    "markdown lists nested": (
        "a.md",
        lambda: b"".join(b" " * 2 * n + b"- a\n" for n in range(1_000)),
    ),
    "json nested": ("a.jsonl", lambda: b'{"text": ' + b"[" * 500_000 + b"]" * 500_000 + b"}"),
    "json of a huge number": ("a.jsonl", lambda: b'{"text": ' + b"9" * 1_000_000 + b"}"),
    "json with html nested": (
        "a.jsonl",
        lambda: b'{"html": "' + b"<div>" * 100_000 + GOOD + b'"}',
    ),
    "text of one letter": ("a.txt", lambda: b"a" * 20_000_001),
    "text of combining marks": ("a.txt", lambda: b"a" + "\u0301\u0323".encode() * 300_000),
    "text in no encoding": ("a.txt", lambda: bytes(range(128, 256)) * 1_000),
    "text of lines": ("a.txt", lambda: b"\r\n" * 5_000_000),
    "pdf bomb": ("a.pdf", lambda: flate_pdf(ZEROS)),
    "pdf bomb packed twice": ("a.pdf", lambda: flate_pdf(ZEROS, 2)),
    "pdf packed a thousand times": ("a.pdf", lambda: flate_pdf(b"BT ET", 1_000)),
    "pdf encrypted by RC4": ("a.pdf", lambda: encrypted_pdf("RC4-128")),
    "pdf whose pages are its pages": (
        "a.pdf",
        lambda: pages.pdf([""]).replace(b"/Kids [5 0 R]", b"/Kids [2 0 R]"),
    ),
    "pdf with a million pages": (
        "a.pdf",
        lambda: pages.pdf([""]).replace(b"/Count 1", b"/Count 1000000"),
    ),
    "pdf of brackets": ("a.pdf", lambda: flate_pdf(b"[" * 3_000_000)),
    "pdf of dictionaries": ("a.pdf", lambda: b"%PDF-1.4\n1 0 obj\n" + b"<<" * 500_000),
    "pdf cut off": ("a.pdf", lambda: pages.pdf([GOOD.decode()])[:400]),
    "pdf that is none": ("a.pdf", lambda: b"%PDF-1.7\n" + bytes(range(1, 256)) * 100),
    "zip bomb": ("a.zip", lambda: zipped({"a.txt": ZEROS})),
    "zip of bombs": ("a.zip", lambda: zipped({f"{n}.txt": ZEROS[:19_000_000] for n in range(20)})),
    "zip in a zip": ("a.zip", lambda: zipped({"b.zip": zipped({"c.txt": GOOD})})),
    "zip of three thousand files": (
        "a.zip",
        lambda: zipped({f"{n}.txt": b"a" for n in range(3_000)}),
    ),
    "zip that understates": ("a.zip", lambda: lying_zip(100)),
    "zip that overstates": ("a.zip", lambda: lying_zip(0xFFFFFFF0)),
    "zip encrypted": ("a.zip", encrypted_zip),
    "zip packed by LZMA": ("a.zip", lambda: zipped({"a.txt": GOOD}, zipfile.ZIP_LZMA)),
    "zip packed by bzip2": ("a.zip", lambda: zipped({"a.txt": GOOD}, zipfile.ZIP_BZIP2)),
    "zip cut off": ("a.zip", lambda: zipped({"a.txt": GOOD * 100})[:-30]),
    "zip of nothing": ("a.zip", lambda: zipped({})),
    "zip of a spreadsheet": ("a.zip", lambda: zipped({"[Content_Types].xml": b"", "xl/a": b""})),
    "word bomb": ("a.docx", lambda: docx(word_xml("<w:p/>") .encode() + b" " * 60_000_000)),
    "word image bomb": ("a.docx", lambda: docx(word__media=ZEROS)),
    "word entities": (
        "a.docx",
        lambda: docx(word_xml("<w:p><w:r><w:t>&e9;</w:t></w:r></w:p>", entities(9))),
    ),
    "word external entity": (
        "a.docx",
        lambda: docx(word_xml("<w:p><w:r><w:t>&x;</w:t></w:r></w:p>", EXTERNAL)),
    ),
    "word nested": ("a.docx", lambda: docx(word_xml("<w:p>" * 100_000 + "</w:p>" * 100_000))),
    "word of empty paragraphs": ("a.docx", lambda: docx(word_xml("<w:p/>" * 5_000_000))),
    "word that is no xml": ("a.docx", lambda: docx("nothing")),
    "old or encrypted word": ("a.docx", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)),
    "a picture": ("a.html", lambda: b"\x89PNG\r\n\x1a\n" + bytes(100)),
    "a video": ("a.txt", lambda: b"\0\0\0\x18ftypmp42" + bytes(100)),
    "a program": ("a.md", lambda: b"\x7fELF" + bytes(100)),
    "nothing": ("a.html", lambda: b""),
}  # fmt: skip
