"""Pages and files in our own words, with the drafts expected of them."""

from __future__ import annotations

HTML = """<!DOCTYPE html><html lang="uk-UA"><head><meta charset="utf-8">
<title>Ріки піднялися | Північний вісник</title>
<meta property="og:title" content="Ріки піднялися">
<meta property="og:site_name" content="Північний вісник">
<meta name="author" content="Дана Рід">
<link rel="canonical" href="/news/rivers">
<script type="application/ld+json">{"@type": "NewsArticle", "datePublished":
 "2024-11-12T10:15:00+02:00", "dateModified": "2024-11-14T10:15:00+02:00"}</script></head>
<body><nav><a href="/">Головна</a> <a href="/war">Війна</a></nav><article>
<h1>Ріки піднялися</h1>
<p>Ріки на півночі за одну ніч піднялися на <b>два метри</b>, повідомила служба води.</p>
<h2>Втрати</h2>
<p>Ніхто не постраждав, але сорок будинків у трьох селах довелося залишити поспіхом.</p>
<ul><li>Міст біля млина зруйновано водою.</li><li>Дорогу на південь закрито до весни.</li></ul>
<p>«Такого ми ще не бачили», — сказав староста села журналістам у вівторок увечері.</p>
</article><footer>Усі права захищено</footer></body></html>"""

MARKDOWN = """---
title: "Rivers rise"
date: 2024-11-12
source: Northern Herald
author: Dana Reed
url: https://Example.org/rivers?utm_source=x
---
# Rivers rise

The *rivers* of the [north](https://example.org) rose by **two
metres** in one night.

## Losses

- A bridge
- Forty `houses`

1. First
2. Second

> Nobody had seen this before.

<!-- not shown -->
![A bridge](bridge.png)
"""

MARKDOWN_TEXT = """The rivers of the north rose by two metres in one night.

Losses

- A bridge

- Forty houses

1. First

2. Second

Nobody had seen this before."""

PAGE = (
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 850] /Contents 4 0 R"
    " /Resources << /Font << /F1 3 0 R >> >> >>"
)


def pdf(lines: list[str], *, info: str = "", extra: str = "", pages: int = 1) -> bytes:
    """A small PDF file with `lines` on each page; `info` and `extra` are raw PDF."""
    shown = " ".join(f"({line}) Tj T*" for line in lines)
    content = f"BT /F1 12 Tf 14 TL 50 800 Td {shown} ET"
    kids = " ".join(f"{5 + n} 0 R" for n in range(pages))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {pages} /Kids [{kids}] >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
    ]
    objects += [PAGE] * pages
    objects.append(f"<< {info} >>")
    return _file(objects, f"/Info {len(objects)} 0 R {extra}")


def _file(objects: list[str], trailer: str) -> bytes:
    body = "%PDF-1.4\n"
    offsets = []
    for number, item in enumerate(objects, start=1):
        offsets.append(len(body))
        body += f"{number} 0 obj\n{item}\nendobj\n"
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    size = len(objects) + 1
    return (
        f"{body}xref\n0 {size}\n0000000000 65535 f \n{table}"
        f"trailer\n<< /Size {size} /Root 1 0 R {trailer} >>\nstartxref\n{len(body)}\n%%EOF"
    ).encode("latin-1")
