"""What answers cost, as a message."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
        lines = [f"{one}: {answers:,} answers, {tokens:,} tokens" for one, answers, tokens in most]
        parts.append(styled("bold", f"Most in {spans[-1][0]}") + "\n" + "\n".join(lines))
    parts.append(RichText(_limits(budget)))
    return join(parts, "\n\n")


def _span(usage: Usage, budget: Budget) -> str:
    lines = [
        f"{usage.answers:,} answers to {usage.people:,} people, {usage.by_model:,} by the model",
        f"{usage.tokens.read:,} tokens read, {usage.tokens.written:,} written"
        + _price(usage, budget),
    ]
    if usage.briefings:
        lines.insert(1, f"{usage.briefings:,} briefings written")
    if usage.helpful or usage.unhelpful:
        lines.append(f"{usage.helpful:,} helpful, {usage.unhelpful:,} not")
    return "\n".join(lines)


def _price(usage: Usage, budget: Budget) -> str:
    if not (budget.read_price or budget.written_price):
        return ""
    cost = budget.cost(usage.tokens.read, usage.tokens.written)
    return f": {cost:,.2f} {budget.currency}"


def _limits(budget: Budget) -> str:
    if not budget.has_limit:
        return "No limits are set."
    limits = ((budget.a_reader, "a reader"), (budget.altogether, "for everyone"))
    return "Limits a day: " + ", ".join(
        f"{tokens:,} tokens {whose}" for tokens, whose in limits if tokens
    )
