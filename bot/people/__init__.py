"""People: who may do what, and what is kept about them.

`roles` decides, `store` knows the roles that were given, `invitations` lets readers in, `seals`
signs buttons that are one person's only. `personal` says where something about a person is kept,
and with that exports and deletes it; `expiry` deletes what is old.
"""

from bot.people.roles import Role, may
from bot.people.store import Access, Known, People, name_of

__all__ = ["Access", "Known", "People", "Role", "may", "name_of"]
