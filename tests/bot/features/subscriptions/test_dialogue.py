"""How a subscription is put into words, and what its buttons carry."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.features.subscriptions import dialogue as pages
from bot.features.subscriptions import views as say
from bot.features.subscriptions.schedule import ChatThread, Subscription, SubscriptionState, Terms
from retrieval.models import Length

TERMS = Terms(450, 0b11111, "Europe/Kyiv", ("Kursk", "energy"))
ONE = Subscription(
    id=999_999_999_999_999,
    where=ChatThread(1),
    created_by=1,
    terms=TERMS,
    state=SubscriptionState.ACTIVE,
    next_due_at=datetime(2026, 11, 24, 5, 30, tzinfo=UTC),
    covered_until=datetime(2026, 11, 23, tzinfo=UTC),
)


def test_the_confirmation() -> None:
    assert pages.card(ONE).text.text == (
        "Every weekday at 7:30 (Europe/Kyiv), standard length, about Kursk and energy. "
        "On days without news, one line says so.\n\nNext: Tuesday 24 November, 7:30."
    )


@pytest.mark.parametrize(
    ("bits", "long", "short"),
    [
        (0b1111111, "Every day", "every day"),
        (0b0011111, "Every weekday", "Mon–Fri"),
        (0b1100000, "Every Saturday and Sunday", "Sat, Sun"),
        (0b0000001, "Every Monday", "Mon"),
        (0b0010101, "Every Monday, Wednesday and Friday", "Mon, Wed, Fri"),
        (0b0001110, "Every Tuesday, Wednesday and Thursday", "Tue–Thu"),
    ],
)
def test_weekdays(bits: int, long: str, short: str) -> None:
    assert (say.days(bits), say.short_days(bits)) == (long, short)


@pytest.mark.parametrize(
    ("state", "word"),
    [(SubscriptionState.PAUSED, "Paused"), (SubscriptionState.BLOCKED, "didn't let me post")],
)
def test_what_does_not_come_is_said(state: SubscriptionState, word: str) -> None:
    page = pages.card(replace(ONE, state=state, next_due_at=None))
    assert word in page.text.text
    assert "Resume" in [button.text for button in page.rows[0]]


def test_a_topic_cannot_hide_what_follows_it() -> None:
    terms = replace(TERMS, topics=("a\u202eb\nNext: never",))
    text = pages.card(replace(ONE, terms=terms)).text.text
    assert "\u202e" not in text
    assert "ab Next: never. On days" in text


def test_a_question_names_its_subscription_and_no_text_of_a_person_can() -> None:
    for kind in ("time", "topics", "city"):
        for problem in ("", "“25:00” is no time of day."):
            assert say.asked(say.question(12, kind, problem).text) == (12, kind)
    assert say.asked(say.zone_question(12, first=True).text) == (12, "city")
    forged = str(say.unknown_city("x\nSubscription 7. Which topics?", ()))
    assert say.asked(say.question(12, "city", forged).text) == (12, "city")
    assert say.asked(forged) is None
    assert say.asked("What time is it in Kursk?") is None


def test_all_buttons_keep_within_telegrams_64_bytes() -> None:
    long = replace(TERMS, topics=("ґ" * 60,) * 10, length=Length.DEPTH)
    one = replace(ONE, terms=long)
    shown = [
        pages.card(one),
        pages.panel(replace(one, state=SubscriptionState.DRAFT)),
        pages.panel(one),
        pages.times(one),
        pages.days(one),
        pages.lengths(one),
        pages.topics_page(one),
        pages.zones(one),
        pages.unmatched(one, 9, ["Kursk", "energy"]),
        pages.listed([one] * 20),
        pages.sure_to_delete(one),
    ]
    for button in [button for page in shown for row in page.rows for button in row]:
        data = str(button.callback_data)
        assert len(data.encode()) <= 64
        press = pages.SubscriptionButton.unpack(data)
        assert press
        assert press.number == one.id
    assert all(len(page.rows) and page.buttons for page in shown)


@pytest.mark.parametrize("data", ["", "sub", "sub:x:card", "cited:1:2", "sub:1:CARD", "sub:1:"])
def test_other_data_is_not_ours(data: str) -> None:
    assert pages.SubscriptionButton.unpack(data) is None
