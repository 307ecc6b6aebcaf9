"""What is said about a job."""

from __future__ import annotations

from bot.features.adding.jobs import Counts, Failure, JobOverview, JobState
from bot.features.adding.views import buttons, offer, progress, summary
from retrieval.ingest.http import answered
from retrieval.messages import UserMessage


def view(**fields: object) -> JobOverview:
    empty: dict[str, object] = {
        "sources": 1,
        "finished": 0,
        "counts": Counts(),
        "failures": (),
        "stored": (),
        "posts": 0,
        "first_labels": ("https://a.example/1",),
    }
    return JobOverview(**{**empty, **fields})  # type: ignore[arg-type]  # a test's shorthand


FAILED = (
    Failure(0, "https://a.example/1", answered("https://a.example/1", 404)),
    Failure(0, "https://a.example/2", answered("https://a.example/2", 404)),
    Failure(3, "b.jsonl, line 4", UserMessage("It isn't valid JSON.")),
)


def test_progress_counts_sources_and_articles() -> None:
    assert progress(view()).text == "Reading …"
    counted = view(sources=500, finished=120, counts=Counts(118, 0, 1, 1))
    text = "Reading … 120 of 500: 118 added, 1 already in the archive, 1 rejected"
    assert progress(counted).text == text


def test_failures_of_one_reason_stand_together_the_most_frequent_first() -> None:
    done = view(sources=9, finished=9, counts=Counts(added=20, rejected=3), failures=FAILED[::-1])
    # without what keeps Telegram from linking them
    assert summary(done, JobState.DONE, ()).text.replace("\u2060", "") == (
        "20 added, 3 rejected\n\nNot added:\n"
        "• 2 × The page answered 404 (not found). (https://a.example/2, https://a.example/1)\n"
        "• It isn't valid JSON. (b.jsonl, line 4)"
    )


def test_what_failed_can_be_retried_what_was_stopped_continued() -> None:
    done = view(sources=9, finished=9, counts=Counts(added=20, rejected=3), failures=FAILED)
    assert buttons(done, JobState.DONE) == (("retry the 3 failed", "retry"),)
    stopped = view(sources=9, finished=4, counts=Counts(added=4))
    assert buttons(stopped, JobState.STOPPED) == (("continue", "go"),)
    assert summary(stopped, JobState.STOPPED, ()).text.startswith("Stopped. Couldn't read 5 of 9.")
    assert buttons(view(sources=9), JobState.RUNNING) == (("stop", "stop"),)


def test_a_file_without_articles_is_said_to_have_none() -> None:
    assert summary(view(finished=1), JobState.DONE, ()).text == "There was nothing to add."


def test_an_offer_says_how_many_of_what() -> None:
    assert (
        offer(view()).text.replace("\u2060", "")
        == "Add this link to the archive?\n\nhttps://a.example/1"
    )
    many = view(sources=7, first_labels=("a", "b", "c"))
    assert offer(many).text.startswith("Add these 7 links")
    assert offer(many).text.endswith("and 4 more")
    assert offer(view(posts=1)).text.startswith("Add this post")
