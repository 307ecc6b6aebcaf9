"""Results of the command line, for people."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from rich.text import Text

from bot.render.answers import render
from bot.render.autolinks import JOINER
from bot.render.dates import article_day
from bot.render.facts import also_in
from bot.render.rich_text import clean

if TYPE_CHECKING:
    from bot.render.rich_text import RichText
    from retrieval.models import Answer, Hit, Unanswered
    from retrieval.search.plan import Plan

_STYLES = {
    "bold": "bold",
    "italic": "italic",
    "text_link": "underline",
    "expandable_blockquote": "dim",
}


def answer_text(result: Answer | Unanswered) -> Text:
    """An answer as Telegram would show it, with its links written out."""
    return styled_text(render(result))


def hit_text(number: int, hit: Hit) -> Text:
    """A passage that was found."""
    article = hit.passage.article
    head = f"{number}. {clean(article.outlet)}, {article_day(article)}{also_in(article)}: "
    title = clean(article.title)
    body = textwrap.fill(clean(hit.passage.text), 96)
    indented = textwrap.indent(body, "   ")
    text = Text(head).append(title, style="bold")
    return text.append(f"\n{indented}\n")


def plan_text(plan: Plan) -> str:
    """How a question was understood, a line each."""
    window = "none"
    if plan.window is not None:
        first, last = (f"{at:%Y-%m-%d %H:%M}" for at in (plan.window.start, plan.window.end))
        window = f"{first} to {last} UTC, from “{plan.window.words}”"
    lines = (
        ("asked at", f"{plan.now:%Y-%m-%d %H:%M} UTC"),
        ("window", window),
        ("freshness", plan.freshness.value),
        ("outlets", ", ".join(plan.outlets) or "none named"),
        ("names", ", ".join(plan.names) or "none"),
        ("terms", ", ".join(plan.terms) or "none"),
    )
    return "".join(f"{name:10} {value}\n" for name, value in lines)


def styled_text(rich_text: RichText) -> Text:
    """Telegram's marks as a terminal's styles; a link carries its address."""
    text = Text(rich_text.text)
    for mark in rich_text.marks:
        style = _STYLES.get(mark.kind, "")
        if mark.url is not None:
            style = f"{style} link {mark.url}".strip()
        text.stylize(style, mark.start, mark.end)
    return Text().join(text.split(JOINER))
