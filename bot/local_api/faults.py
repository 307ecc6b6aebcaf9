"""Scripted failures of the network and of Telegram, by method.

api.faults.next("sendMessage", Fault.timeout_after_effect())
api.faults.next("editMessageText", Fault.status(502), times=2, chat_id=chat.id)
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Ending(Enum):
    """What the bot gets instead of a normal response."""

    SILENCE = "silence"
    RESET = "reset"
    STATUS = "status"
    GARBAGE = "garbage"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Fault:
    """A failure; `effect`: the call is carried out all the same."""

    ending: Ending
    effect: bool = False
    code: int = 0
    retry_after: int | None = None
    seconds: float = 0.0

    @classmethod
    def timeout_before_effect(cls) -> Fault:
        """The call has no effect, and no response comes."""
        return cls(Ending.SILENCE)

    @classmethod
    def timeout_after_effect(cls, seconds: float | None = None) -> Fault:
        """The call takes effect, but the response never comes, or only after some seconds."""
        if seconds is None:
            return cls(Ending.SILENCE, effect=True)
        return cls(Ending.LATE, effect=True, seconds=seconds)

    @classmethod
    def reset(cls, *, after_effect: bool = False) -> Fault:
        """The connection is reset."""
        return cls(Ending.RESET, effect=after_effect)

    @classmethod
    def status(cls, code: int, *, after_effect: bool = False) -> Fault:
        """A server error such as 502, as the Bot API's JSON."""
        return cls(Ending.STATUS, effect=after_effect, code=code)

    @classmethod
    def too_many(cls, retry_after: int) -> Fault:
        """429 with `retry_after`."""
        return cls(Ending.STATUS, code=429, retry_after=retry_after)

    @classmethod
    def garbage(cls, *, after_effect: bool = False) -> Fault:
        """200 with a body that isn't JSON, as from a proxy."""
        return cls(Ending.GARBAGE, effect=after_effect)


@dataclass
class _Plan:
    method: str
    fault: Fault
    times: int
    chat_id: int | None


class Faults:
    """The scripted failures, used up in order."""

    def __init__(self) -> None:
        self._plans: list[_Plan] = []

    def next(
        self, method: str, fault: Fault, *, times: int = 1, chat_id: int | None = None
    ) -> None:
        """Let the next `times` calls of a method (`"*"`: any) fail, optionally of one chat only."""
        self._plans.append(_Plan(method.lower(), fault, times, chat_id))

    def clear(self) -> None:
        """Drop the remaining failures."""
        self._plans.clear()

    @property
    def pending(self) -> int:
        """How many failures are still to come."""
        return sum(plan.times for plan in self._plans)

    def take(self, method: str, chat_id: object) -> Fault | None:
        """The failure for this call, if one is due."""
        for plan in self._plans:
            if plan.method in {method.lower(), "*"} and plan.chat_id in {None, chat_id}:
                plan.times -= 1
                if not plan.times:
                    self._plans.remove(plan)
                return plan.fault
        return None
