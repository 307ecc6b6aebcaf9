"""The pace as pure decisions, by a clock in the test's hand."""

from __future__ import annotations

from bot.telegram.rate_limit import RateLimits, SendRate


def spent(pace: SendRate, chat_id: int, now: float, *, urgent: bool = False) -> float:
    """Wait, spend, and return when."""
    for _ in range(10):
        wait = pace.overall_wait(now, urgent=urgent)
        if not urgent:
            wait = max(wait, pace.chat_wait(chat_id, now))
        now += wait
        if not wait:
            break
    pace.spend(chat_id, now)
    return now


def test_the_first_burst_goes_at_once_then_thirty_a_second() -> None:
    pace, now, times = SendRate(RateLimits(), 0.0), 0.0, []
    for chat in range(1, 311):
        now = spent(pace, chat, now)
        times.append(now)
    assert times[9] == 0.0
    assert times[309] == 10.0 or abs(times[309] - 10) < 1e-6


def test_a_private_chat_gets_one_a_second_and_others_do_not_wait_for_it() -> None:
    pace = SendRate(RateLimits(), 0.0)
    pace.spend(1, 0.0)
    assert pace.chat_wait(1, 0.25) == 0.75
    assert pace.chat_wait(2, 0.25) == 0.0


def test_a_group_gets_never_more_than_twenty_in_any_minute() -> None:
    pace, now, times = SendRate(RateLimits(), 0.0), 0.0, []
    for _ in range(100):
        now = spent(pace, -1, now)
        times.append(now)
    for number, at in enumerate(times):
        assert sum(at <= other < at + 60 for other in times[number:]) <= 16


def test_answers_go_before_briefings() -> None:
    pace, now = SendRate(RateLimits(), 0.0), 0.0
    for chat in range(1, 11):
        now = spent(pace, chat, now)
    assert pace.overall_wait(now, urgent=False) > 0
    for chat in range(1, 11):
        assert pace.overall_wait(now, urgent=True) == 0
        pace.spend(-chat, now)
    assert pace.overall_wait(now, urgent=True) > 0
    assert pace.overall_wait(now, urgent=False) > 10 / 30


def test_an_answer_that_passes_costs_a_briefing_its_turn() -> None:
    pace = SendRate(RateLimits(), 0.0)
    sent, now = [], 0.0
    for chat in range(1, 600):
        now = spent(pace, chat, now, urgent=chat % 3 == 0)
        sent.append(now)
    for at in sent:
        assert sum(at <= other < at + 1 for other in sent) <= 30 + 20


def test_retry_after_holds_its_chat_only() -> None:
    pace = SendRate(RateLimits(), 0.0)
    pace.refused(1, 7, now=0.0)
    assert pace.chat_wait(1, 2.0) == 5.0
    assert pace.chat_wait(2, 2.0) == 0.0
    assert pace.overall_wait(2.0, urgent=False) == 0.0


def test_several_chats_refused_at_once_hold_everything_answers_too() -> None:
    pace = SendRate(RateLimits(), 0.0)
    for chat in (1, 2, 3):
        pace.refused(chat, 7, now=1.0)
    assert pace.overall_wait(1.0, urgent=False) == 7.0
    assert pace.overall_wait(1.0, urgent=True) == 7.0
    assert pace.overall_wait(8.0, urgent=False) == 0.0


def test_refusals_far_apart_are_about_their_chats() -> None:
    pace = SendRate(RateLimits(), 0.0)
    for chat in (1, 2, 3):
        pace.refused(chat, 60, now=chat * 10.0)
    assert pace.overall_wait(30.0, urgent=False) == 0.0


def test_chats_that_nothing_holds_are_forgotten() -> None:
    pace, now = SendRate(RateLimits(), 0.0), 0.0
    pace.refused(5, 10_000, now=0.0)
    for chat in range(10, 20_010):
        now = spent(pace, chat, now)
    assert len(pace.kept.chats) < 1100
    assert pace.chat_wait(5, now) > 9000


def test_a_reserved_message_is_counted_before_it_goes_and_the_next_comes_after_it() -> None:
    pace = SendRate(RateLimits(overall=10, burst=2, kept=1), 0.0)
    waits = [pace.reserve(chat, 0.0, urgent=True) for chat in (1, 2, 3, 4)]
    assert [round(wait, 6) for wait in waits] == [0, 0, 0.1, 0.2]
    assert round(pace.reserve(5, 0.05, urgent=False), 6) == 0.35
    assert pace.chat_wait(4, 1.0) == 0.2 + 1 - 1.0


def test_what_telegram_asked_for_holds_what_is_urgent_too_but_the_pace_of_a_chat_does_not() -> None:
    pace = SendRate(RateLimits(), 0.0)
    pace.spend(1, 0.0)
    pace.refused(3, 7, now=0.0, draft=True)
    assert pace.shut_wait(1, 0.1) == pace.shut_wait(3, 0.1) == 0
    assert pace.chat_wait(3, 2.0) == 5.0
    pace.refused(1, 7, now=0.0)
    assert pace.shut_wait(1, 2.0) == 5.0
    assert pace.shut_wait(2, 2.0) == 0.0
