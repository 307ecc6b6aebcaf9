from __future__ import annotations

import re
from pathlib import Path

from bot.settings import BotSettings

TEXT = (Path(__file__).parents[1] / ".env.example").read_text(encoding="utf-8")
LINES = dict(re.findall(r"^(?:# )?([A-Z][A-Z_]+)=(.*)$", TEXT, re.MULTILINE))


def test_every_setting_stands_in_the_example_and_nothing_else_does() -> None:
    assert set(LINES) == {name.upper() for name in BotSettings.model_fields}


def test_the_example_shows_the_defaults() -> None:
    shown = BotSettings.model_validate(
        {name.lower(): value for name, value in LINES.items() if value}
    )
    assert shown == BotSettings.model_validate({})
