"""How articles come in: links, files and posts become jobs in SQL, which are worked off beside.

What a message holds (`sources`) becomes a job with items (`store`); the `runner` has the `engine`
read them, so many at once and of one host (`turns`), and shows in one message how it goes
(`words`). Whatever is killed when: what was not written down as done is read at the next start.
`channels` are those whose posts come in by themselves.
"""

from bot.intake.engine import Engine
from bot.intake.models import State
from bot.intake.runner import IntakeRunner
from bot.intake.store import IntakeJobs
from bot.intake.turns import Manners, Turns

__all__ = ["Engine", "IntakeJobs", "IntakeRunner", "Manners", "State", "Turns"]
