"""The command line: `commands` parses arguments, each other module has a group of commands.

A command's module is only imported when it runs, so that `sitrep --help` is quick.
"""

from bot.cli.commands import main

__all__ = ["main"]
