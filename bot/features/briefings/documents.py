"""A briefing as a file: Markdown or HTML. Pure."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

from bot.features.briefings.views import (
    any_of,
    counts,
    headline,
    mention,
    nothing_new,
    reported,
    title_of,
    without_source,
)
from bot.features.questions.views import dated, sentence_link, statement
from bot.language import all_translated, code, translated
from bot.language import gettext as _
from bot.telegram.rich_text import plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import tzinfo

    from retrieval.models import Briefing, Citation, Claim, Mention, Story

# Characters that Markdown may interpret.
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>|~#&]|^[-+=]|(?<=^\d)[.)]|(?<=^\d\d)[.)])")
_STYLE = (
    "body{font:17px/1.5 Georgia,serif;max-width:42em;margin:2em auto;padding:0 1em;color:#222}"
    "h1{font-size:1.5em}h2{font-size:1.15em;margin-bottom:.2em}.by,.was{color:#666}"
    "ol{font-size:.9em}q{color:#444}sup a{text-decoration:none}"
)


def document(briefing: Briefing, zone: tzinfo, form: str) -> str:
    """The briefing in a `form`: md or html."""
    return _html(briefing, zone) if form == "html" else _markdown(briefing, zone)


def _markdown(briefing: Briefing, zone: tzinfo) -> str:
    lines = [f"# {_md(title_of(briefing, zone))}", "", _md(_about(briefing, zone)), ""]
    if briefing.notices:
        lines += [f"*{_md(all_translated(briefing.notices))}*", ""]
    notes = {one.n: one for one in briefing.citations}
    for number, story in enumerate(briefing.stories, start=1):
        head = f"{number}. {headline(story)}"
        lines += [f"## {_md(head)}", "", f"*{_md(reported(story))}*", ""]
        lines += [f"- {_md_claim(without_source(claim, notes))}" for claim in story.claims]
        if story.disputed:
            lines += ["", "**" + _("Accounts differ:") + "**", ""]
            lines += [f"- {_md_claim(claim)}" for claim in story.disputed]
        lines += ["\n**" + _("To watch:") + f"** {_md_claim(claim)}" for claim in story.watch]
        lines.append("")
    if briefing.also:
        lines += ["**" + _("Also:") + "**", "", *map(_md_mention, briefing.also), ""]
    lines += [_md_note(one) for one in briefing.citations]
    return "\n".join(lines).rstrip() + "\n"


def _md_claim(claim: Claim) -> str:
    marks = "".join(f"[^{n}]" for n in claim.citations)
    was = f" *({_md(translated(claim.was))})*" if claim.was else ""
    return f"{_md(statement(claim))}{marks}{was}"


def _md_mention(one: Mention) -> str:
    head = plain(one.headline).text
    title = _md(head)
    if one.article.url:
        title = f"[{title}](<{sentence_link(one.article.url, one.headline)}>)"
    return f"- {title} {_md(mention(one).text.removeprefix(head))}"


def _md_note(one: Citation) -> str:
    title = _md(one.article.title)
    if one.article.url:
        title = f"[{title}](<{sentence_link(one.article.url, one.quote)}>)"
    source = f"{_md(one.article.outlet)}, {_md(dated(one.article))}"
    return f"[^{one.n}]: {source}: {title} “{_md(one.quote)}”"


def _md(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", plain(text).text)


def _html(briefing: Briefing, zone: tzinfo) -> str:
    title = escape(title_of(briefing, zone))
    parts = [f"<h1>{title}</h1>", f'<p class="by">{escape(_about(briefing, zone))}</p>']
    if briefing.notices:
        told = plain(all_translated(briefing.notices)).text
        parts.append(f"<p><em>{escape(told)}</em></p>")
    cited = {one.n: one for one in briefing.citations}
    for number, story in enumerate(briefing.stories, start=1):
        parts += _html_story(number, story, cited)
    if briefing.also:
        lines = "".join(f"<li>{_html_mention(one)}</li>" for one in briefing.also)
        parts.append("<p><b>" + _("Also:") + f"</b></p><ul>{lines}</ul>")
    notes = "\n".join(_html_note(one) for one in briefing.citations)
    parts.append(f"<ol>\n{notes}\n</ol>" if notes else "")
    return (
        f'<!doctype html>\n<html lang="{code()}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        '<meta name="format-detection" content="telephone=no,date=no,address=no,email=no,url=no">'
        f"<title>{title}</title><style>{_STYLE}</style></head>\n<body>\n"
        + "\n".join(part for part in parts if part)
        + "\n</body></html>\n"
    )


def _html_mention(one: Mention) -> str:
    head = plain(one.headline).text
    title = escape(head)
    if one.article.url:
        link = escape(sentence_link(one.article.url, one.headline), quote=True)
        title = f'<a href="{link}" rel="noopener noreferrer">{title}</a>'
    return title + escape(mention(one).text.removeprefix(head))


def _html_story(number: int, story: Story, notes: Mapping[int, Citation]) -> list[str]:
    head = escape(plain(f"{number}. {headline(story)}").text)
    parts = [f"<h2>{head}</h2>", f'<p class="by">{escape(reported(story))}</p>']
    parts.append(_html_list([without_source(one, notes) for one in story.claims]))
    if story.disputed:
        parts += ["<p><b>" + _("Accounts differ:") + "</b></p>", _html_list(story.disputed)]
    parts += ["<p><b>" + _("To watch:") + f"</b> {_html_claim(one)}</p>" for one in story.watch]
    return parts


def _html_list(claims: Sequence[Claim]) -> str:
    return "<ul>" + "".join(f"<li>{_html_claim(one)}</li>" for one in claims) + "</ul>"


def _html_claim(claim: Claim) -> str:
    marks = " ".join(f'<a href="#n{n}">[{n}]</a>' for n in claim.citations)
    was = (
        f' <span class="was">({escape(plain(translated(claim.was)).text)})</span>'
        if claim.was
        else ""
    )
    return f"{escape(plain(statement(claim)).text)}<sup>{marks}</sup>{was}"


def _html_note(one: Citation) -> str:
    title = escape(plain(one.article.title).text)
    if one.article.url:
        link = escape(sentence_link(one.article.url, one.quote), quote=True)
        title = f'<a href="{link}" rel="noopener noreferrer">{title}</a>'
    source = escape(f"{plain(one.article.outlet).text}, {dated(one.article)}")
    quote = escape(plain(one.quote).text)
    return f'<li id="n{one.n}" value="{one.n}">{source}: {title}<br><q>{quote}</q></li>'


def _about(briefing: Briefing, zone: tzinfo) -> str:
    if not briefing.stories:
        return nothing_new(briefing, zone).text
    held = counts(briefing, zone)
    if briefing.unmet:
        held += ". " + _("Nothing about {topics}.").format(topics=any_of(briefing.unmet))
    return held
