"""How messages reach people: whole, and not twice.

Answers go out at once (`sender`), and appear while they are written (`live`, `draft`). Briefings go
the long way: when a subscription is due (`due`), it has a `Writer` write what is to be sent
(`prepared`), and one transaction puts that into the outbox and moves the schedule on (`advancing`,
`missed`). The `postman` takes it from there (`outbox`), at the pace that Telegram allows (`pacing`,
`pacer`), which several programs on one Postgres keep together (`shared_pace`, `shared_pacer`), and
writes down what became of it (`verdicts`, `settling`, `journal`); what nobody can know, the owner
is told (`reports`).
"""

from bot.delivery.due import Rounds, Scheduler
from bot.delivery.handing_over import hand_over
from bot.delivery.idle import is_idle
from bot.delivery.live import LiveAnswers, Place
from bot.delivery.missed import Grace
from bot.delivery.outbox import NewMessage, enqueue
from bot.delivery.pacer import Pacer
from bot.delivery.pacing import Pacing
from bot.delivery.postman import Habits, Postman
from bot.delivery.prepared import OutgoingMessage, Prepared, Writer, payloads, reader_of
from bot.delivery.sender import edit, send
from bot.delivery.settling import move_chat
from bot.delivery.shared_pacer import open_pacer

__all__ = [
    "Grace",
    "Habits",
    "LiveAnswers",
    "NewMessage",
    "OutgoingMessage",
    "Pacer",
    "Pacing",
    "Place",
    "Postman",
    "Prepared",
    "Rounds",
    "Scheduler",
    "Writer",
    "edit",
    "enqueue",
    "hand_over",
    "is_idle",
    "move_chat",
    "open_pacer",
    "payloads",
    "reader_of",
    "send",
]
