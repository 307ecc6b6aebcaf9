"""The command `sitrep` as typed: help, version, completion, groups of commands."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from bot.cli.commands import app

run = CliRunner()


@pytest.mark.parametrize("words", [["-h"], ["--help"], ["ask", "-h"], ["feeds", "add", "-h"]])
def test_help_is_had_by_its_short_name_everywhere(words: list[str]) -> None:
    result = run.invoke(app, words)
    assert result.exit_code == 0
    assert "Usage:" in result.output


def test_the_shells_completion_can_be_installed_and_shown() -> None:
    text = run.invoke(app, ["--help"]).output
    assert "--install-completion" in text
    assert "--show-completion" in text


def test_feeds_has_its_actions_as_commands_with_help_of_their_own() -> None:
    text = run.invoke(app, ["feeds"]).output
    for action in ("add", "list", "check", "remove", "import", "export"):
        assert f"  {action} " in text


@pytest.mark.parametrize(
    "words", [["feeds", "add"], ["feeds", "remove"], ["feeds", "import"], ["feeds", "bogus"]]
)
def test_a_feed_command_without_what_it_needs_is_called_wrongly(words: list[str]) -> None:
    assert run.invoke(app, words).exit_code == 2
