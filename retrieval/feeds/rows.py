"""Feeds and entries to rows and back."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from retrieval.feeds.models import Entry, Feed, State, Waiting, Wishes

_MOMENTS = ("published", "updated")


def feed_of(row: Any) -> Feed:  # noqa: ANN401  a row of `feed`
    """A feed as it is kept."""
    return Feed(
        id=row.id,
        url=row.url,
        host=row.host,
        title=row.title,
        state=State(row.state),
        interval=timedelta(seconds=row.interval_s),
        next_at=row.next_at,
        wishes=wishes_of(row.wishes),
        site_url=row.site_url,
        etag=row.etag,
        last_modified=row.last_modified,
        full_at=row.full_at,
        body_hash=row.body_hash,
        checked_at=row.checked_at,
        news_at=row.news_at,
        failures=row.failures,
        failing_since=row.failing_since,
        problem=row.problem,
    )


def wishes_row(wishes: Wishes) -> dict[str, Any]:
    """As JSON."""
    return {
        "least_s": int(wishes.least.total_seconds()),
        "skip_hours": sorted(wishes.skip_hours),
        "skip_days": sorted(wishes.skip_days),
    }


def wishes_of(row: dict[str, Any]) -> Wishes:
    """Back again."""
    return Wishes(
        timedelta(seconds=row.get("least_s", 0)),
        frozenset(row.get("skip_hours", ())),
        frozenset(row.get("skip_days", ())),
    )


def entry_row(entry: Entry) -> dict[str, Any]:
    """As JSON."""
    row = asdict(entry)
    for name in _MOMENTS:
        row[name] = row[name].isoformat() if row[name] else None
    return row


def waiting_of(row: Any) -> Waiting:  # noqa: ANN401  a row of `feed_entry`
    """An entry that has to be read."""
    fields = dict(row.payload)
    for name in _MOMENTS:
        fields[name] = datetime.fromisoformat(fields[name]) if fields[name] else None
    return Waiting(row.id, row.key, Entry(**fields), row.attempts, row.article_id)
