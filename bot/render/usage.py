"""What answers cost, as a message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.language import gettext as _
from bot.language import number
from bot.render.rich_text import RichText, join, styled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.budget import Budget
    from retrieval.archive import Usage


def usage_page(spans: Sequence[tuple[str, Usage]], budget: Budget) -> RichText:
    """A paragraph a span of time, then who used most in the longest, then the limits."""
    parts = [styled("bold", name) + "\n" + _span(usage, budget) for name, usage in spans]
    most = spans[-1][1].most if spans else ()
    if most:
        line = _("{who}: {answers} answers, {tokens} tokens")
        lines = [
            line.format(who=one, answers=number(answers), tokens=number(tokens))
            for one, answers, tokens in most
        ]
        parts.append(
            styled("bold", _("Most in {span}").format(span=spans[-1][0])) + "\n" + "\n".join(lines)
        )
    parts.append(RichText(_limits(budget)))
    return join(parts, "\n\n")


def _span(usage: Usage, budget: Budget) -> str:
    lines = [
        _("{answers} answers to {people} people, {by_model} by the model").format(
            answers=number(usage.answers),
            people=number(usage.people),
            by_model=number(usage.by_model),
        ),
        _("{read} tokens read, {written} written").format(
            read=number(usage.tokens.read), written=number(usage.tokens.written)
        )
        + _price(usage, budget),
    ]
    if usage.briefings:
        lines.insert(1, _("{count} briefings written").format(count=number(usage.briefings)))
    if usage.helpful or usage.unhelpful:
        lines.append(
            _("{helpful} helpful, {unhelpful} not").format(
                helpful=number(usage.helpful), unhelpful=number(usage.unhelpful)
            )
        )
    return "\n".join(lines)


def _price(usage: Usage, budget: Budget) -> str:
    if not (budget.read_price or budget.written_price):
        return ""
    cost = budget.cost(usage.tokens.read, usage.tokens.written)
    return f": {cost:,.2f} {budget.currency}"


def _limits(budget: Budget) -> str:
    if not budget.has_limit:
        return _("No limits are set.")
    limits = (
        (budget.a_reader, _("{count} tokens per reader")),
        (budget.altogether, _("{count} tokens for everyone")),
    )
    return _("Daily limits: {limits}").format(
        limits=", ".join(text.format(count=number(most)) for most, text in limits if most)
    )
