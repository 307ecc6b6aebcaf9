"""How adding many links shows in one message.

    python -m benchmarks.intake_links [LINKS] [PAUSE_S]

A site on loopback, the local Bot API with Telegram's limits on, the real bot. Prints the seconds
that it took, and how often and how fast the one message changed.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from itertools import pairwise
from pathlib import Path
from time import perf_counter

from bot.app import serving
from bot.local_api import Limits, local_bot_api
from tests.support.bots import ADMIN_ID, bot_settings
from tests.support.web import web_server


async def run(links: int, pause_s: float, folder: Path) -> None:
    with web_server() as web:
        async with local_bot_api(limits=Limits()) as api:
            admin = api.person("Ada", id=ADMIN_ID)
            settings = bot_settings(api, folder, fetch_host_pause_s=pause_s)
            async with serving(settings) as (_, library):
                began = perf_counter()
                pages = "\n".join(f"{web.url}/n/{n}" for n in range(links))
                await admin.upload("links.txt", pages.encode())
                reply = await admin.wait_for_reply(timeout=60)
                done = await reply.wait_until(lambda one: not one.text.startswith("Reading"), 3600)
                took = perf_counter() - began
                edits = [call for call in api.calls("editMessageText") if call.code == 200]
                refused = [call for call in api.calls("editMessageText") if call.code == 429]
                gaps = [later.at - sooner.at for sooner, later in pairwise(edits)]
                articles = (await library.archive.catalogue.summary()).articles
    print(f"{links} links: {took:.1f} s, {articles} articles, {done.text.splitlines()[0]!r}")
    print(
        f"{len(edits)} edits of one message, {len(refused)} refused, "
        f"at least {min(gaps[1:-1], default=0):.2f} s apart while reading; "
        f"most requests at once to the host: {web.most_at_once}"
    )


def main() -> None:
    links = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    pause_s = float(sys.argv[2]) if len(sys.argv) > 2 else 0.0
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(run(links, pause_s, Path(folder)))


if __name__ == "__main__":
    main()
