"""Dates, numbers and lists as the spoken language writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from babel.dates import format_date, get_day_names
from babel.numbers import format_decimal

from bot.language.catalogues import gettext as _
from bot.language.spoken import DEFAULT, code

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date


def day(at: date) -> str:
    """12 Nov 2024."""
    if code() == DEFAULT:
        return f"{at.day} {at:%b %Y}"
    return format_date(at, "d MMM y", locale=code())


def short_month_day(at: date) -> str:
    """12 Nov."""
    return f"{at.day} {at:%b}" if code() == DEFAULT else format_date(at, "d MMM", locale=code())


def whole_month_day(at: date) -> str:
    """12 November."""
    return f"{at.day} {at:%B}" if code() == DEFAULT else format_date(at, "d MMMM", locale=code())


def weekday_and_day(at: date) -> str:
    """Tuesday 24 November."""
    if code() == DEFAULT:
        return f"{at:%A} {at.day} {at:%B}"
    return format_date(at, "EEEE, d MMMM", locale=code())


def weekday(at: int) -> str:
    """Mon, of 0."""
    return str(get_day_names("abbreviated", locale=code())[at])


def number(value: int) -> str:
    """1,234."""
    return f"{value:,}" if code() == DEFAULT else format_decimal(value, locale=code())


def listed(names: Sequence[str], last: str = "and") -> str:
    """Kursk, Sumy and energy; `last` is "and" or "or"."""
    *most, end = names
    if not most:
        return end
    before = ", ".join(most)
    if last == "or":
        return _("{names} or {last}").format(names=before, last=end)
    return _("{names} and {last}").format(names=before, last=end)
