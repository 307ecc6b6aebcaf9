"""Who gets a briefing when: subscriptions, their schedule, and the time zones that it needs.

`schedule` computes the next due instant, `zones` finds a time zone by city (out of `cities`, which
`geonames` reads), by offset or by place, under the name that it has today (`renamed`), and `store`
keeps subscriptions in SQL. How they are asked for is in `bot.handlers`, how they are served in
`bot.delivery`.
"""

from bot.subscriptions.models import State, Subscription, Terms, Where
from bot.subscriptions.schedule import EVERY_DAY, WEEKEND, WORKING_DAYS, next_due
from bot.subscriptions.store import Confirmed, Subscriptions, TooMany, Twice
from bot.subscriptions.zones import Found, Several, Unknown, find_zone, zone_at, zone_label

__all__ = [
    "EVERY_DAY",
    "WEEKEND",
    "WORKING_DAYS",
    "Confirmed",
    "Found",
    "Several",
    "State",
    "Subscription",
    "Subscriptions",
    "Terms",
    "TooMany",
    "Twice",
    "Unknown",
    "Where",
    "find_zone",
    "next_due",
    "zone_at",
    "zone_label",
]
