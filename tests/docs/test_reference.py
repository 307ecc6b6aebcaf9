"""The pages of docs/reference agree with the code."""

from __future__ import annotations

import re

import pytest

from bot.settings import BotSettings
from tests.support.reference import FOLDER, PAGES, ROOT

# Of Docker's files, the tests and Python.
NOT_SETTINGS = {
    "POSTGRES_PASSWORD",
    "POSTGRES_IMAGE",
    "PYTHON_IMAGE",
    "SITREP_SHARED_DATA",
    "ANTHROPIC_API_KEY",
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_as_the_code_writes_it_now(name: str) -> None:
    there = (FOLDER / f"{name}.md").read_text(encoding="utf-8")
    assert there == PAGES[name](), "run `make docs`"


def test_settings_and_commands_that_the_documentation_names_exist() -> None:
    pages = [*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", ROOT / "SECURITY.md"]
    text = "\n".join(path.read_text(encoding="utf-8") for path in pages)
    settings = {name.upper() for name in BotSettings.model_fields}
    assigned = set(re.findall(r"\b([A-Z][A-Z]+(?:_[A-Z]+)+)=", text))
    assert assigned <= settings | NOT_SETTINGS, assigned - settings - NOT_SETTINGS
    commands = set(re.findall(r"^### sitrep ([a-z-]+)", PAGES["commands"](), re.MULTILINE))
    named = set(re.findall(r"(?:^|`|bin/)sitrep ([a-z]+(?:-[a-z]+)*)", text, re.MULTILINE))
    assert named <= commands, named - commands
