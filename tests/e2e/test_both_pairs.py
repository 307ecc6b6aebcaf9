"""The main job on both pairs: SQLite with embedded Chroma, Postgres with Chroma's server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.commands import run_sitrep

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.postgres import Postgres

ARTICLES = [
    {
        "title": "Sudzha holds out",
        "text": "The town of Sudzha is still held by Ukraine, an officer said on Friday.",
        "source": "Alpha",
        "url": "https://alpha.example/1",
        "published_at": "2024-11-12T06:00:00Z",
    },
    {
        "title": "Суджа тримається",
        "text": "Місто Суджа й далі під контролем українських військових, каже офіцер.",
        "source": "Beta",
        "url": "https://beta.example/1",
        "published_at": "2024-11-12T07:00:00Z",
    },
]


def sitrep(folder: Path, stack: dict[str, str], *arguments: str) -> str:
    ran = run_sitrep(folder, arguments, {"DATA_DIR": str(folder / "data"), **stack})
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.fixture(params=["sqlite and embedded chroma", "postgres and chroma server"])
def stack(request: pytest.FixtureRequest) -> dict[str, str]:
    if request.param.startswith("sqlite"):
        return {}
    server: Postgres = request.getfixturevalue("postgres")
    return {
        "DATABASE_URL": server.new_database(),
        "CHROMA_URL": request.getfixturevalue("chroma_url"),
    }


def test_articles_are_added_asked_about_briefed_and_indexed_anew(
    stack: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "news.jsonl").write_text("\n".join(json.dumps(one) for one in ARTICLES))
    assert "2 added" in sitrep(tmp_path, stack, "add", "news.jsonl")

    def ask() -> dict[str, Any]:
        value: dict[str, Any] = json.loads(
            sitrep(tmp_path, stack, "ask", "Who holds Sudzha?", "--json")
        )
        return value

    [citation] = ask()["citations"]
    assert citation["quote"] in str(ARTICLES[0]["text"])
    [first, *_] = sitrep(
        tmp_path, stack, "search", "українськими військовими", "--json"
    ).splitlines()
    assert json.loads(first)["outlet"] == "Beta"
    told = sitrep(tmp_path, stack, "brief", "--now", "2024-11-12T08:00", "--since", "24h")
    assert "Sudzha" in told
    assert sitrep(tmp_path, stack, "reindex") == "2 articles indexed anew\n"
    assert ask()["citations"] == [citation]
