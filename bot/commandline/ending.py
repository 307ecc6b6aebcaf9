"""How every command ends: one sentence for what can go wrong, and an exit code."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from retrieval.errors import SitrepError

if TYPE_CHECKING:
    from collections.abc import Coroutine

log = logging.getLogger(__name__)


def ended(command: Coroutine[Any, Any, int]) -> None:
    """Run a command; one sentence for what can go wrong, and its exit code."""
    try:
        code = asyncio.run(command)
    except SitrepError as error:
        from bot.logs import struck  # noqa: PLC0415  only when it is needed

        typer.echo(f"sitrep: {struck(str(error))}", err=True)
        code = 1
    except KeyboardInterrupt:
        code = 130
    except BrokenPipeError:
        # `sitrep ... | head`: the reader has seen enough
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115  closed silently
        code = 0
    # Also what nobody foresaw: a traceback on the terminal could hold a key, so it goes through
    # the log, which knows what to strike out; the person gets a sentence and exit code 1.
    except Exception:
        log.exception("sitrep failed")
        typer.echo("sitrep: something went wrong; what is above is for a bug report.", err=True)
        code = 1
    raise typer.Exit(code)
