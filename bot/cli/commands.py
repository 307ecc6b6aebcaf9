"""The command `sitrep`."""

from __future__ import annotations

import asyncio
import io
import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from retrieval.errors import SitrepError
from retrieval.models import Length

if TYPE_CHECKING:
    from collections.abc import Coroutine


app = typer.Typer(
    name="sitrep",
    help="Reads the news, and cites the exact sentence behind every claim.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Json = Annotated[bool, typer.Option("--json", help="Print JSON, one object a line.")]
Batch = Annotated[bool, typer.Option("--batch", help="Read JSONL questions from standard input.")]
Question = Annotated[str | None, typer.Argument(help="The question, in quotation marks.")]


def _print_version(wanted: bool) -> None:  # noqa: FBT001  typer's way
    if wanted:
        from importlib.metadata import version  # noqa: PLC0415  rarely needed

        typer.echo(f"sitrep {version('sitrep')}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[  # noqa: FBT002  typer's way; the callback does the work
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Reads the news, and cites the exact sentence behind every claim."""


@app.command()
def run() -> None:
    """Answer in Telegram, until Ctrl-C."""
    from bot.app import run_bot  # noqa: PLC0415  each command loads its own

    ended(run_bot())


@app.command()
def demo() -> None:
    """Try it here: a local Telegram, the real bot, and a sample archive. Needs no key."""
    from bot.demo import run_demo  # noqa: PLC0415

    ended(run_demo())


@app.command()
def add(
    sources: Annotated[
        list[str],
        typer.Argument(help="Files (.txt .md .html .pdf .jsonl), folders, URLs, or - for stdin."),
    ],
    json: Json = False,  # noqa: FBT002  typer's way
) -> None:
    """Add articles to the archive; after Ctrl-C, the same command goes on where it ended."""
    from bot.cli.adding import run_add  # noqa: PLC0415

    ended(run_add(sources, as_json=json))


@app.command()
def ask(question: Question = None, json: Json = False, batch: Batch = False) -> None:  # noqa: FBT002
    """Ask the archive a question; with --batch, many."""
    from bot.cli.asking import run_ask  # noqa: PLC0415

    ended(run_ask(_asked(question, batch=batch), as_json=json or batch))


@app.command()
def search(
    question: Question = None,
    k: Annotated[int, typer.Option("-k", min=1, max=1000, help="How many passages.")] = 8,
    json: Json = False,  # noqa: FBT002
    batch: Batch = False,  # noqa: FBT002
    explain: Annotated[  # noqa: FBT002
        bool, typer.Option("--explain", help="Say how the question was understood.")
    ] = False,
) -> None:
    """Show the passages that a question finds."""
    from bot.cli.asking import run_search  # noqa: PLC0415

    ended(run_search(_asked(question, batch=batch), k, as_json=json or batch, explain=explain))


@app.command()
def brief(  # noqa: PLR0913, PLR0917  the command's options
    since: Annotated[
        str | None, typer.Option(help="24h, 3d, monday, 2024-11-10; else since the last briefing.")
    ] = None,
    topic: Annotated[
        list[str] | None, typer.Option(help="Only stories about this; may be repeated.")
    ] = None,
    length: Annotated[str, typer.Option(help="headlines, standard or depth.")] = "standard",
    reader: Annotated[
        str | None, typer.Option(help="Keep a ledger under this name: nothing is told twice.")
    ] = None,
    now: Annotated[
        str | None, typer.Option(help="The clock, such as 2024-11-12T07:30; else the real one.")
    ] = None,
    zone: Annotated[str, typer.Option(help="Where days begin: an IANA name.")] = "UTC",
    format: Annotated[str, typer.Option(help="text, json, md or html.")] = "text",  # noqa: A002
    json: Json = False,  # noqa: FBT002
) -> None:
    """Say what changed: the stories of a window of time, with sources."""
    from bot.cli.asking import BriefRequest, run_brief  # noqa: PLC0415

    form = "json" if json else format
    if form not in {"text", "json", "md", "html"}:
        raise typer.BadParameter("expected text, json, md or html", param_hint="--format")
    if length not in {"headlines", "standard", "depth"}:
        raise typer.BadParameter("expected headlines, standard or depth", param_hint="--length")
    ended(
        run_brief(BriefRequest(since, tuple(topic or ()), Length(length), now, reader, zone, form))
    )


@app.command()
def remove(
    article_ids: Annotated[list[int], typer.Argument(help="Ids, as `add --json` gives them.")],
    undo: Annotated[  # noqa: FBT002  typer's way
        bool, typer.Option("--undo", help="Bring back what was removed within a day.")
    ] = False,
) -> None:
    """Take articles out of the archive."""
    from bot.cli.articles import run_remove, run_undo  # noqa: PLC0415

    ended(run_undo(article_ids) if undo else run_remove(article_ids))


@app.command()
def article(
    article_id: Annotated[int, typer.Argument(help="Its id, as `add --json` gives it.")],
) -> None:
    """Show an article's revisions and what changed in each."""
    from bot.cli.articles import run_article  # noqa: PLC0415

    ended(run_article(article_id))


feeds = typer.Typer(
    help="Feeds that are read by themselves: RSS, Atom, JSON Feed, or a page that names one.",
    no_args_is_help=True,
)
app.add_typer(feeds, name="feeds")


@feeds.command("add")
def feeds_add(
    addresses: Annotated[list[str], typer.Argument(help="Of feeds, or of pages that name one.")],
) -> None:
    """Read these from now on."""
    _feeds("add", addresses)


@feeds.command("list")
def feeds_list(json: Json = False) -> None:  # noqa: FBT002
    """Show every feed, how it is doing, and when it is read next."""
    _feeds("list", [], as_json=json)


@feeds.command("check")
def feeds_check(
    numbers: Annotated[
        list[str] | None, typer.Argument(help="Of feeds, as `list` shows them; none: all.")
    ] = None,
) -> None:
    """Read feeds now, whether they are due or not."""
    _feeds("check", numbers or [])


@feeds.command("remove")
def feeds_remove(
    numbers: Annotated[list[str], typer.Argument(help="Of feeds, as `list` shows them.")],
) -> None:
    """Stop reading feeds; their articles stay."""
    _feeds("remove", numbers)


@feeds.command("import")
def feeds_import(
    path: Annotated[str, typer.Argument(help="An OPML file, or - for standard input.")],
) -> None:
    """Add the feeds of an OPML file."""
    _feeds("import", [path])


@feeds.command("export")
def feeds_export(
    path: Annotated[str | None, typer.Argument(help="A file; without one, print it.")] = None,
) -> None:
    """Write all feeds as OPML."""
    _feeds("export", [path] if path else [])


def _feeds(action: str, what: list[str], *, as_json: bool = False) -> None:
    from bot.cli.feeds import run_feeds  # noqa: PLC0415

    ended(run_feeds(action, what, as_json=as_json))


@app.command()
def articles(
    asked: Annotated[
        list[str] | None, typer.Argument(help="Words, outlet:NAME, since:DAY, until:DAY.")
    ] = None,
    page: Annotated[int, typer.Option(min=1, max=1_000_000, help="Which page.")] = 1,
    size: Annotated[int, typer.Option(min=1, max=1000, help="Articles a page.")] = 20,
    json: Json = False,  # noqa: FBT002
) -> None:
    """List articles, newest added first."""
    from bot.cli.catalogue import run_articles  # noqa: PLC0415

    ended(run_articles(" ".join(asked or ()), page, size, as_json=json))


@app.command()
def stats() -> None:
    """Show what the archive holds, how it grew, and what failed lately."""
    from bot.cli.catalogue import run_stats  # noqa: PLC0415

    ended(run_stats())


@app.command()
def reindex(
    model: Annotated[
        str, typer.Option(help="Change EMBEDDING_MODEL to this: local-multilingual, ...")
    ] = "",
) -> None:
    """Make the vector index anew, with another embedding model if one is named."""
    from bot.cli.adding import run_reindex  # noqa: PLC0415

    ended(run_reindex(model))


@app.command()
def doctor() -> None:
    """Check the installation, and suggest a fix for each problem."""
    from bot.cli.maintenance import run_doctor  # noqa: PLC0415

    ended(run_doctor())


@app.command(name="migrate-to")
def migrate_to(
    url: Annotated[str, typer.Argument(help="Of an empty database, as in DATABASE_URL.")],
) -> None:
    """Copy the archive to another database, SQLite or Postgres."""
    from bot.cli.maintenance import run_migrate_to  # noqa: PLC0415

    ended(run_migrate_to(url))


@app.command()
def backup(path: Annotated[Path, typer.Argument(help="A file that is not there yet.")]) -> None:
    """Write everything into one file, also while the bot runs."""
    from bot.cli.maintenance import run_backup  # noqa: PLC0415

    ended(run_backup(path))


@app.command(name="log")
def audit_log(
    count: Annotated[int, typer.Option("--count", "-n", min=1, max=10_000)] = 20,
    *,
    json: Json = False,
) -> None:
    """Show who changed what, the newest first."""
    from bot.cli.articles import run_log  # noqa: PLC0415

    ended(run_log(count, as_json=json))


@app.command()
def compact() -> None:
    """Give back the space of what was removed; stop the bot before."""
    from bot.cli.maintenance import run_compact  # noqa: PLC0415

    ended(run_compact())


@app.command()
def restore(path: Annotated[Path, typer.Argument(help="What `sitrep backup` wrote.")]) -> None:
    """Bring a backup back, into an empty DATA_DIR."""
    from bot.cli.maintenance import run_restore  # noqa: PLC0415

    ended(run_restore(path))


@app.command()
def usage(
    days: Annotated[int, typer.Option(min=1, max=3650, help="So many, today among them.")] = 1,
) -> None:
    """Say what answers cost, and whether they helped."""
    from bot.cli.articles import run_usage  # noqa: PLC0415

    ended(run_usage(days))


feedback = typer.Typer(help="What readers think of answers.", no_args_is_help=True)
app.add_typer(feedback, name="feedback")


@feedback.command()
def export(
    since: Annotated[str | None, typer.Option(help="A day, such as 2024-11-10.")] = None,
) -> None:
    """Print the answers that have votes as JSONL, for evaluation; not who asked or voted."""
    from bot.cli.articles import run_export  # noqa: PLC0415

    ended(run_export(since))


def main() -> None:
    """The entry point; exit codes: 0 done, 1 failed, 2 called wrongly."""
    os.umask(0o077)  # other users of this machine must not read people's questions
    for stream in (sys.stdout, sys.stderr):
        # an output encoding without some characters must not stop the work
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    app(prog_name="sitrep")


def _asked(question: str | None, *, batch: bool) -> str | None:
    """The question, or None for a batch; exactly one of the two must be given."""
    if batch == (question is not None):
        raise typer.BadParameter("give a question, or --batch with JSONL on standard input")
    return question


log = logging.getLogger(__name__)


def ended(command: Coroutine[Any, Any, int]) -> None:
    """Run a command; prints a sentence for expected errors, and exits with its code."""
    try:
        code = asyncio.run(command)
    except SitrepError as error:
        from bot.ops.logs import struck  # noqa: PLC0415  rarely needed

        typer.echo(f"sitrep: {struck(str(error))}", err=True)
        code = 1
    except KeyboardInterrupt:
        code = 130
    except BrokenPipeError:
        # `sitrep ... | head` has closed the pipe
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115  closed silently
        code = 0
    # Unforeseen errors too: a traceback could contain a key, so it goes through the log, which
    # redacts secrets; the person gets a sentence and exit code 1.
    except Exception:
        log.exception("sitrep failed")
        said = "unexpected error. Please include the output above in a bug report."
        typer.echo(f"sitrep: {said}", err=True)
        code = 1
    raise typer.Exit(code)


if __name__ == "__main__":
    main()
