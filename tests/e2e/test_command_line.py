"""The command `sitrep`, run in a separate process."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from retrieval.library import open_library
from retrieval.settings import LibrarySettings
from tests.support import commands
from tests.support.commands import Program, run_sitrep
from tests.support.shared import SHARED, needs_shared

if TYPE_CHECKING:
    from collections.abc import Sequence


STORY = (
    "Sudzha holds out\n\nThe town of Sudzha is still held by Ukraine, an officer said on Friday."
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "story.txt").write_text(STORY)
    return tmp_path


def data_in(folder: Path) -> dict[str, str]:
    return {"DATA_DIR": str(folder / "data")}


def environment(folder: Path) -> dict[str, str]:
    return commands.environment(data_in(folder))


def sitrep(
    folder: Path, *arguments: str, stdin: str = "", **settings: str
) -> subprocess.CompletedProcess[str]:
    return run_sitrep(folder, arguments, {**data_in(folder), **settings}, stdin)


def lines(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


def test_the_version_is_the_packages(folder: Path) -> None:
    said = sitrep(folder, "--version")
    assert (said.returncode, said.stdout) == (0, f"sitrep {version('sitrep')}\n")
    assert not (folder / "data").exists()


def test_add_ask_and_search_a_file(folder: Path) -> None:
    added = sitrep(folder, "add", "story.txt", "--json")
    assert added.returncode == 0, added.stderr
    [result] = lines(added.stdout)
    assert (result["result"], result["title"]) == ("added", "Sudzha holds out")

    asked = sitrep(folder, "ask", "Who holds Sudzha?", "--json")
    [answer] = lines(asked.stdout)
    [citation] = answer["citations"]
    assert answer["claims"][0]["citations"] == [1] == [citation["n"]]
    assert citation["quote"] in STORY
    assert citation["end"] - citation["start"] == len(citation["quote"])
    assert set(answer) >= {"mode", "unanswered", "closest", "dropped", "usage", "timings_ms"}

    found = sitrep(folder, "search", "Who holds Sudzha?", "-k", "1", "--json")
    [hit] = lines(found.stdout)
    assert hit["text"] == STORY.partition("\n\n")[2]

    spoken = sitrep(folder, "ask", "Who holds Sudzha?")
    assert "held by Ukraine" in spoken.stdout


@pytest.mark.skipif(os.name != "posix", reason="files have no modes of this kind here")
def test_no_other_user_of_the_machine_can_read_what_is_kept(folder: Path) -> None:
    assert sitrep(folder, "add", "story.txt").returncode == 0
    assert sitrep(folder, "backup", "kept.db").returncode == 0
    data = folder / "data"
    kept = [data, *data.rglob("*"), folder / "kept.db"]
    assert len(kept) > 3
    assert not [one for one in kept if one.stat().st_mode & 0o077]


def test_a_near_copy_is_kept_as_one_named_and_counted_once(folder: Path) -> None:
    wire = (
        "A missile struck a market in the centre of Sudzha on Tuesday, killing nine people, the "
        "governor said. Rescue workers dug through the rubble into the night. It was the third "
        "strike on the town in a week, and residents were told to stay in cellars until morning."
    )
    printed = [
        {"title": "Missile at Sudzha market", "text": wire, "url": "https://alpha.example/1"},
        {"title": "Missile at market", "text": f"(W) - {wire}", "url": "https://beta.example/1"},
    ]
    (folder / "wire.jsonl").write_text("".join(json.dumps(one) + "\n" for one in printed))
    first, second, tally = sitrep(folder, "add", "wire.jsonl").stdout.splitlines()
    assert "copy" not in first
    assert "Nearly the same as article 1 from alpha" in second
    assert "stored as a copy" in second
    assert tally == "2 added"
    assert "Near copies, counted once:\n2 beta" in sitrep(folder, "article", "1").stdout
    assert "A near copy of: 1 alpha" in sitrep(folder, "article", "2").stdout

    question = "How many people did the missile at the Sudzha market kill?"
    [hit] = lines(sitrep(folder, "search", question, "--json").stdout)
    assert (hit["outlet"], hit["also"]) == ("alpha.example", ["beta.example"])
    [answer] = lines(sitrep(folder, "ask", question, "--json").stdout)
    cited = {(one["outlet"], *one["also"]) for one in answer["citations"]}
    assert cited == {("alpha.example", "beta.example")}
    assert "; also beta" in sitrep(folder, "ask", question).stdout


def test_a_removed_article_answers_no_more(folder: Path) -> None:
    [added] = lines(sitrep(folder, "add", "story.txt", "--json").stdout)
    removed = sitrep(folder, "remove", str(added["article_id"]), "99")
    assert removed.stdout == (
        f"Removed article {(gone := added['article_id'])}. For a day: sitrep remove --undo {gone}\n"
        "There is no article 99.\n"
    )
    assert removed.returncode == 1
    [answer] = lines(sitrep(folder, "ask", "Who holds Sudzha?", "--json").stdout)
    assert answer["unanswered"]
    assert answer["closest"] == []


def test_letters_that_the_output_does_not_know_stop_nothing(folder: Path) -> None:
    (folder / "uk.txt").write_text(
        "Суджа тримається\n\nМісто Суджа й далі під контролем українських сил, каже офіцер."
    )
    ran = sitrep(folder, "add", "uk.txt", "story.txt", PYTHONIOENCODING="ascii")
    assert ran.returncode == 0, ran.stderr
    assert "2 added" in ran.stdout


def test_a_reader_that_closes_the_pipe_is_no_failure(folder: Path) -> None:
    sitrep(folder, "add", "story.txt")
    command = f"{sys.executable} -m bot search Sudzha --json | head -c 1"
    ran = subprocess.run(  # noqa: S602  a pipe is the point
        f"set -o pipefail; {command}",
        shell=True,
        executable="/bin/bash",
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in ran.stderr


def test_what_became_of_each_source_is_said_and_a_refusal_is_exit_code_1(folder: Path) -> None:
    (folder / "empty.txt").write_text("")
    (folder / "noise.bin").write_bytes(bytes(range(256)) * 10)
    (folder / "copy.txt").write_text(STORY)
    ran = sitrep(folder, "add", "story.txt", "copy.txt", "empty.txt", "noise.bin", "no.txt")
    assert ran.returncode == 1
    out = ran.stdout.splitlines()
    assert out[0].startswith("Added: ")
    assert out[1].startswith("Already in the archive: ")
    for line, name in zip(out[2:5], ("empty.txt", "noise.bin", "no.txt"), strict=True):
        assert line.startswith(f"Not added: {name}. ")  # as it can be copied
    assert out[5] == "1 added, 1 already in the archive, 3 rejected"
    assert ran.stderr == ""


def test_a_folder_and_standard_input_are_added(folder: Path) -> None:
    record = {"title": "From a pipe", "text": "A sentence about the Seym bridges. " * 4}
    piped = sitrep(folder, "add", "-", "--json", stdin=json.dumps(record) + "\n")
    assert [one["result"] for one in lines(piped.stdout)] == ["added"]
    whole = sitrep(folder, "add", str(folder), "--json")
    assert "added" in {one["result"] for one in lines(whole.stdout)}


def test_a_batch_is_answered_in_order_and_bad_lines_do_not_stop_it(folder: Path) -> None:
    sitrep(folder, "add", "story.txt")
    questions = [
        json.dumps({"id": "a", "question": "Who holds Sudzha?", "now": "2024-11-20T08:00:00Z"}),
        "{broken",
        json.dumps({"id": 3, "question": "Who won the cricket world cup?"}),
        json.dumps({"id": 4, "question": "x", "now": "soon"}),
        json.dumps("Who holds Sudzha?"),
        "[" * 100_000,
        '{"id": "\\ud800", "question": "x"}',
    ]
    ran = sitrep(folder, "ask", "--batch", stdin="\n".join(questions) + "\n")
    results = lines(ran.stdout)
    assert [one["id"] for one in results] == ["a", 2, 3, 4, 5, 6, "\ud800"]
    assert ["error" in one for one in results] == [False, True, False, True, False, True, False]
    assert results[2]["unanswered"]
    assert results[2]["closest"][0]["title"] == "Sudzha holds out"
    assert ran.returncode == 1
    found = sitrep(folder, "search", "--batch", "-k", "2", stdin=questions[0] + "\n")
    [result] = lines(found.stdout)
    assert result["id"] == "a"
    assert len(result["passages"]) == 1


@pytest.mark.parametrize(
    "arguments", [["frobnicate"], ["ask"], ["ask", "x", "--batch"], ["add"], ["search", "-k", "0"]]
)
def test_a_wrong_call_is_exit_code_2(folder: Path, arguments: Sequence[str]) -> None:
    ran = sitrep(folder, *arguments)
    assert ran.returncode == 2
    assert "Traceback" not in ran.stderr


def test_a_wrong_setting_is_one_sentence_and_exit_code_1(folder: Path) -> None:
    (folder / ".env").write_text("ADMIN_IDS=everybody\n")
    ran = sitrep(folder, "ask", "Who holds Sudzha?")
    assert ran.returncode == 1
    assert ran.stderr.startswith("sitrep: Wrong setting (in the environment or .env): ADMIN_IDS:")
    assert len(ran.stderr.splitlines()) == 1
    assert not (folder / "data").exists()


def test_run_without_a_token_says_where_to_get_one(folder: Path) -> None:
    ran = sitrep(folder, "run")
    assert ran.returncode == 1
    assert "TELEGRAM_BOT_TOKEN is not set" in ran.stderr


def test_a_data_directory_that_cannot_be_made_is_one_sentence(folder: Path) -> None:
    (folder / "file").write_text("")
    ran = sitrep(folder, "ask", "x", DATA_DIR=str(folder / "file" / "data"))
    assert ran.returncode == 1
    assert "can't be created" in ran.stderr
    assert len(ran.stderr.splitlines()) == 1


def test_another_embedding_model_is_refused_until_reindex(folder: Path) -> None:
    sitrep(folder, "add", "story.txt")
    other = {
        "EMBEDDING_MODEL": "openai:other",
        "OPENAI_BASE_URL": "http://127.0.0.1:9/v1",
    }
    ran = sitrep(folder, "ask", "Who holds Sudzha?", **other)
    assert ran.returncode == 1
    assert "sitrep reindex" in ran.stderr
    assert sitrep(folder, "reindex").stdout == "1 articles indexed anew\n"
    assert "held by Ukraine" in sitrep(folder, "ask", "Who holds Sudzha?").stdout


def articles(count: int) -> str:
    stories = (
        {
            "title": f"Village {n} reports",
            "text": f"The village of Testovo{n} reported {n} drones on Friday, its mayor said. "
            "Nobody was hurt. Repairs will take a week, according to the district.",
            "url": f"https://villages.example/{n}",
        }
        for n in range(count)
    )
    return "".join(json.dumps(story) + "\n" for story in stories)


@pytest.mark.slow
@pytest.mark.parametrize("killed_after", [35])
def test_killed_while_adding_nothing_acknowledged_is_lost_and_nothing_is_double(
    folder: Path, killed_after: int
) -> None:
    (folder / "many.jsonl").write_text(articles(80))
    os.mkfifo(folder / "said")
    program = Program(
        folder, ("add", "many.jsonl", "--json"), data_in(folder), stdout=folder / "said"
    )
    with (folder / "said").open() as said:
        acknowledged = [json.loads(said.readline()) for _ in range(killed_after)]
        program.kill()
    assert program.wait() == -signal.SIGKILL

    found = ask_for(folder, acknowledged)
    assert all(
        one["title"] in titles(result) for one, result in zip(acknowledged, found, strict=True)
    )

    # It goes on where it was, give or take the last second, of which it was not known any more.
    assert len(lines(sitrep(folder, "add", "many.jsonl", "--json").stdout)) <= 80
    again = lines(sitrep(folder, "add", "many.jsonl", "--json").stdout)
    assert [one["result"] for one in again] == ["duplicate"] * 80
    assert len({one["article_id"] for one in again}) == 80
    everything = ask_for(folder, again)
    assert all(
        one["title"] in titles(result) for one, result in zip(again, everything, strict=True)
    )
    assert asyncio.run(vector_ids(folder)) == {f"{one['article_id']}:0" for one in again}


@pytest.mark.slow
def test_ctrl_c_ends_adding_cleanly_and_the_same_command_goes_on(folder: Path) -> None:
    (folder / "news").mkdir()
    (folder / "news" / "a.jsonl").write_text(articles(80))
    (folder / "news" / "b.txt").write_text(STORY)
    command = ("add", "news", "story.txt", "--json")
    os.mkfifo(folder / "said")
    told_in = folder / "told"
    program = Program(folder, command, data_in(folder), stdout=folder / "said", stderr=told_in)
    with (folder / "said").open() as said:
        first = [json.loads(said.readline()) for _ in range(15)]
        program.send_signal(signal.SIGINT)
        first += lines(said.read())
    assert program.wait() == 130
    told = told_in.read_text()
    assert told == "Interrupted; the same command again goes on from here.\n"
    assert 15 <= len(first) < 81

    again = sitrep(folder, *command)
    assert again.returncode == 0
    assert again.stderr.startswith(f"Continuing: {len(first)} were read before.")
    rest = lines(again.stdout)
    assert [one["result"] for one in rest[:-1]] == ["added"] * (81 - len(first))
    assert rest[-1]["result"] == "duplicate"  # story.txt says what news/b.txt says
    assert len({one["article_id"] for one in first + rest}) == 81
    # What is complete is not remembered: from then on everything is read again.
    assert len(lines(sitrep(folder, *command).stdout)) == 82


def titles(result: dict[str, Any]) -> set[str]:
    return {passage["title"] for passage in result["passages"]}


async def vector_ids(folder: Path) -> set[str]:
    """What the vector index holds, as `revision:ordinal`; here, a revision has its article's id."""
    async with open_library(LibrarySettings.read(_env_file=None, data_dir=folder / "data")) as one:
        return await one.indexer.ids()


def ask_for(folder: Path, stories: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    questions = (
        {"id": n, "question": "Testovo" + one["title"].split()[1]} for n, one in enumerate(stories)
    )
    stdin = "".join(json.dumps(question) + "\n" for question in questions)
    ran = sitrep(folder, "search", "--batch", "-k", "2", stdin=stdin)
    assert ran.returncode == 0, ran.stderr
    return lines(ran.stdout)


@needs_shared
def test_every_real_article_can_be_added_and_asked_about(folder: Path) -> None:
    added = lines(sitrep(folder, "add", str(SHARED / "news"), "--json").stdout)
    assert {one["result"] for one in added} == {"added"}
    question = "How many troops were massed for the Kursk offensive, and who says so?"
    [answer] = lines(sitrep(folder, "ask", question, "--json").stdout)
    text = (SHARED / "news" / "kursk-offensive.txt").read_text()
    assert any("50,000" in one["quote"] for one in answer["citations"])
    assert all(
        " ".join(one["quote"].split()) in " ".join(text.split()) for one in answer["citations"]
    )


def test_the_readmes_retriever_example_prints_passages(folder: Path) -> None:
    sitrep(folder, "add", "story.txt")
    script = Path(__file__).parents[1] / "readme_example.py"
    ran = subprocess.run(  # noqa: S603  our own program
        [sys.executable, str(script)],
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "still held by Ukraine" in ran.stdout, ran.stderr


def test_articles_are_listed_counted_and_their_space_given_back(folder: Path) -> None:
    assert sitrep(folder, "add", "story.txt").returncode == 0
    listed = sitrep(folder, "articles", "sudzha", "since:2000-01-01")
    assert "1 Sudzha holds out" in listed.stdout
    assert "1 articles, page 1 of 1." in listed.stdout
    assert json.loads(sitrep(folder, "articles", "--json").stdout)["title"] == "Sudzha holds out"
    refused = sitrep(folder, "articles", "since:soon")
    assert (refused.returncode, "isn't a date" in refused.stderr) == (1, True)
    assert "Articles: 1" in sitrep(folder, "stats").stdout
    assert "Database: " in sitrep(folder, "compact").stdout
    sitrep(folder, "remove", "1")
    [line] = lines(sitrep(folder, "log", "--json").stdout)
    assert (line["who"], line["what"], line["subject"]) == ("cli", "remove", "article:1")


@pytest.mark.parametrize("command", ["stats", "articles"])
def test_what_only_counts_and_lists_loads_no_model(folder: Path, command: str) -> None:
    program = (
        "import sys; sys.argv = ['sitrep', *sys.argv[1:]]\n"
        "from bot.cli.commands import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code, end.code\n"
        "heavy = {'onnxruntime', 'tokenizers', 'chromadb', 'langchain_core', 'openai'}\n"
        "print('loaded', sorted(heavy & sys.modules.keys()))"
    )
    # nor is a model opened: this one would lack its key
    env = {**environment(folder), "EMBEDDING_MODEL": "openai:any"}
    done = subprocess.run(  # noqa: S603  our own interpreter
        [sys.executable, "-c", program, command],
        cwd=folder, env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("loaded []\n")


def test_one_command_changes_the_embedding_model(folder: Path) -> None:
    (folder / ".env").write_text("LOG_LEVEL=INFO\nEMBEDDING_MODEL=local\n")
    assert sitrep(folder, "add", "story.txt").returncode == 0
    done = sitrep(folder, "reindex", "--model", "local-static")
    assert done.returncode == 0, done.stderr
    assert "EMBEDDING_MODEL=local-static is set in .env" in done.stdout
    assert (folder / ".env").read_text() == "LOG_LEVEL=INFO\nEMBEDDING_MODEL=local-static\n"
    assert "Sudzha" in sitrep(folder, "search", "Who holds Sudzha?").stdout
    wrong = sitrep(folder, "reindex", "--model", "local-none")
    assert wrong.returncode != 0
    assert "local-static" in (folder / ".env").read_text()
