"""The command `sitrep`: `commands` reads the arguments, each other module is a group of commands.

A command's own module is imported when it runs, so that `sitrep --help` is quick.
"""

from bot.cli.commands import main

__all__ = ["main"]
