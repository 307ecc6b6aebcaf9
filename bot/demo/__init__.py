"""`sitrep demo`: the real bot on a local Telegram server with a sample archive; needs no key.

`stage` sets it up. `chat` is a conversation in the terminal or, without one, asks prepared
questions and checks the answers.
"""

from __future__ import annotations

import os
import sys

from rich.console import Console

from bot.background import Clock
from bot.demo.chat import converse, play
from bot.demo.stage import FIRST_EVENING, on_stage
from bot.ops.logs import set_up_logging
from bot.settings import BotSettings

__all__ = ["run_demo"]


async def run_demo() -> int:
    """Converse with a person or, without a terminal, play the script; 0 only if it went well."""
    settings = BotSettings.read()
    set_up_logging(settings, "ERROR")
    console = Console(highlight=False)
    if os.environ.get("CI") or not (sys.stdin.isatty() and sys.stdout.isatty()):
        async with on_stage(settings, console) as stage:
            return await play(stage, console)
    async with on_stage(settings, console, Clock(FIRST_EVENING)) as stage:
        await converse(stage, console)
    return 0
