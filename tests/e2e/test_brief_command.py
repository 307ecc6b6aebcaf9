"""`sitrep brief` on the command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.commands import run_sitrep

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

ARTICLES = [
    {
        "title": "Soldiers in Kursk region",
        "text": "Kyiv said that 8,000 North Korean soldiers were in the Kursk region on Monday. "
        "The defence ministry in Moscow would not comment on the soldiers.",
        "source": "Alpha",
        "url": "https://alpha.example/1",
        "published_at": "2024-11-12T06:00:00Z",
    },
    {
        "title": "More soldiers in Kursk region",
        "text": "Kyiv said that 11,000 North Korean soldiers were in the Kursk region on Tuesday. "
        "A spokesman in Seoul confirmed the new number of soldiers in the region.",
        "source": "Alpha",
        "url": "https://alpha.example/2",
        "published_at": "2024-11-13T06:00:00Z",
    },
]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("brief")
    (folder / "news.jsonl").write_text("\n".join(json.dumps(one) for one in ARTICLES))
    assert sitrep(folder, "add", "news.jsonl").returncode == 0
    return folder


def sitrep(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run_sitrep(folder, arguments, {"DATA_DIR": str(folder / "data")})


def brief(folder: Path, *arguments: str) -> dict[str, Any]:
    ran = sitrep(folder, "brief", "--json", *arguments)
    assert ran.returncode == 0, ran.stderr
    value: dict[str, Any] = json.loads(ran.stdout)
    return value


def test_its_json_has_what_was_promised_and_a_reader_is_told_only_what_changed(data: Path) -> None:
    first = brief(data, "--now", "2024-11-12T20:00", "--reader", "a", "--since", "24h")
    assert first["window"] == {
        "start": "2024-11-11T20:00:00+00:00",
        "end": "2024-11-12T20:00:00+00:00",
    }
    assert (first["articles"], first["outlets"]) == (1, 1)
    assert first["as_of"] == "2024-11-12T06:00:00+00:00"
    (story,) = first["stories"]
    assert story["status"] == "new"
    assert {"id", "headline", "claims", "outlets", "why"} <= set(story)
    numbers = {one["n"] for one in first["citations"]}
    assert {n for claim in story["claims"] for n in claim["citations"]} <= numbers
    text = ARTICLES[0]["text"]
    for one in first["citations"]:
        assert text[one["start"] : one["end"]] == one["quote"]

    second = brief(data, "--now", "2024-11-13T20:00", "--reader", "a")
    assert second["stories"][0]["status"] == "update"
    assert "was 8,000 on 12 Nov 2024" in [
        claim.get("was") for claim in second["stories"][0]["claims"]
    ]
    assert brief(data, "--now", "2024-11-13T21:00", "--reader", "a")["stories"] == []


def test_without_a_reader_nothing_is_kept_and_a_topic_narrows_it(data: Path) -> None:
    for _ in range(2):
        again = brief(data, "--now", "2024-11-13T20:00", "--since", "2d", "--topic", "soldiers")
        assert again["stories"]
    none = brief(data, "--now", "2024-11-13T20:00", "--since", "2d", "--topic", "volleyball")
    assert none["stories"] == []
    assert none["closest"]


@pytest.mark.parametrize("form", ["text", "md", "html"])
def test_it_is_also_for_people(data: Path, form: str) -> None:
    ran = sitrep(data, "brief", "--now", "2024-11-13T20:00", "--format", form)
    assert ran.returncode == 0
    assert "More soldiers in Kursk region" in ran.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--since", "soonish"), "--since soonish: give a time"),
        (("--now", "noon"), "--now noon: expected an ISO 8601 instant"),
        (("--zone", "Mars/Base"), "--zone Mars/Base: expected an IANA name"),
        (("--length", "endless"), "headlines, standard or depth"),
        (("--topic", " ,, "), "--topic: a topic is a few words"),
        (("--topic", ",".join("abcdefghijkl")), "--topic: That's 12 topics"),
        (("--format", "pdf"), "text, json, md or html"),
    ],
)
def test_what_can_not_be_read_is_said_in_a_sentence(
    data: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    ran = sitrep(data, "brief", *arguments)
    assert ran.returncode in {1, 2}
    assert sentence in " ".join(ran.stderr.replace("│", " ").split())
    assert "Traceback" not in ran.stderr
