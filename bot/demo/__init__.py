"""`sitrep demo`: the real bot against a local Telegram, with a sample archive; no key, no server.

`stage` sets it up, `chat` is a conversation in the terminal, `script` asks prepared questions where
there is no terminal and says whether the bot did as it should.
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
    """A conversation for a person; for a pipe or CI the prepared one, 0 only if it went well."""
    settings = BotSettings.read()
    set_up_logging(settings, "ERROR")
    console = Console(highlight=False)
    if os.environ.get("CI") or not (sys.stdin.isatty() and sys.stdout.isatty()):
        async with on_stage(settings, console) as stage:
            return await play(stage, console)
    async with on_stage(settings, console, Clock(FIRST_EVENING)) as stage:
        await converse(stage, console)
    return 0
