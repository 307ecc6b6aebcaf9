"""`python -m bot.local_api --port 8081`: the server as a separate process."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys

from bot.local_api.limits import Limits
from bot.local_api.server import TOKEN, local_bot_api


def main(arguments: list[str] | None = None) -> None:
    """Serve until interrupted."""
    options = _parser().parse_args(arguments)
    asyncio.run(_serve(options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bot.local_api", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free port")
    parser.add_argument("--token", default=TOKEN, help="the bot token to accept")
    parser.add_argument("--control", action="store_true", help="open the door under /_local/")
    parser.add_argument("--no-limits", action="store_true", help="let the bot send at any pace")
    return parser


async def _serve(options: argparse.Namespace) -> None:
    limits = Limits.off() if options.no_limits else Limits()
    serving = local_bot_api(
        host=options.host,
        port=options.port,
        token=options.token,
        limits=limits,
        control=options.control,
    )
    async with serving as api:
        sys.stdout.write(f"base_url {api.base_url}\nbase_file_url {api.base_file_url}\n")
        sys.stdout.flush()
        await _interrupted()


async def _interrupted() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows: KeyboardInterrupt ends it
            loop.add_signal_handler(number, stop.set)
    await stop.wait()


if __name__ == "__main__":
    main()
