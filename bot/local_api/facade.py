"""The server as a whole: what a test, the demo or a load run holds in its hands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.local_api import groups
from bot.local_api.accounts import Status, User
from bot.local_api.people import Person

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.local_api.calls import Call
    from bot.local_api.faults import Faults
    from bot.local_api.gateway import Gateway
    from bot.local_api.limits import Limits
    from bot.local_api.messages import Chat, Message
    from bot.local_api.world import Action, Draft, World


class LocalBotApi:
    """A running server. `base_url` and `base_file_url` go into PTB's ApplicationBuilder."""

    def __init__(self, world: World, gateway: Gateway, address: str, token: str) -> None:
        self.world = world
        self.gateway = gateway
        self.token = token
        self.address = address
        self.base_url = f"{address}/bot"
        self.base_file_url = f"{address}/file/bot"
        self._people: dict[int, Person] = {}

    @property
    def bot(self) -> User:
        """The bot's account."""
        return self.world.bot

    @property
    def faults(self) -> Faults:
        """Script failures here."""
        return self.gateway.faults

    @property
    def drafts(self) -> list[Draft]:
        """What the bot streamed with sendMessageDraft."""
        return self.world.drafts

    @property
    def chat_actions(self) -> list[Action]:
        """What the bot showed with sendChatAction."""
        return self.world.actions

    def calls(self, method: str | None = None, chat_id: int | None = None) -> list[Call]:
        """What the bot asked for, oldest first."""
        return [
            call
            for call in self.gateway.log
            if method in {None, call.method} and chat_id in {None, call.parameters.get("chat_id")}
        ]

    @property
    def unknown_parameters(self) -> set[str]:
        """`method.parameter` of everything that Telegram would have ignored."""
        return {f"{call.method}.{name}" for call in self.gateway.log for name in call.unknown}

    def set_limits(self, limits: Limits) -> None:
        """Change how fast the bot may send."""
        self.world.pace.limits = limits

    def register(self, token: str) -> None:
        """Accept another token for the same bot."""
        self.gateway.tokens.add(token)

    def revoke(self, token: str) -> None:
        """Answer 401 to a token from now on."""
        self.gateway.tokens.discard(token)

    def person(
        self,
        first_name: str,
        *,
        id: int | None = None,  # noqa: A002 - the Bot API's word
        last_name: str | None = None,
        username: str | None = None,
        language_code: str | None = "en",
    ) -> Person:
        """A new person with an account."""
        number = self.world.new_id() if id is None else id
        if number in self.world.users:
            raise ValueError(f"the user id {number} is taken")
        user = User(number, first_name, last_name, username, language_code)
        self.world.users[number] = user
        self.world.private_chat(user)
        self._people[number] = Person(self.world, user)
        return self._people[number]

    def find_person(self, number: int) -> Person:
        """A person by user id; `KeyError` if there is none."""
        return self._people[number]

    def group(  # noqa: PLR0913 - what makes a group
        self,
        title: str,
        creator: Person,
        members: Iterable[Person] = (),
        *,
        administrators: Iterable[Person] = (),
        bot: Status = Status.MEMBER,
        supergroup: bool = True,
        forum: bool = False,
    ) -> Chat:
        """A group with the bot in it."""
        return groups.create_group(
            self.world,
            title,
            creator,
            members,
            administrators=administrators,
            bot=bot,
            supergroup=supergroup,
            forum=forum,
        )

    def topic(self, chat: Chat, name: str) -> int:
        """A forum topic; returns its message_thread_id."""
        return groups.create_topic(chat, name)

    def channel(
        self,
        title: str,
        username: str | None = None,
        *,
        creator: Person | None = None,
        bot: Status = Status.LEFT,
        may_post: bool = True,
    ) -> Chat:
        """A channel, by default one that the bot is not in; else `may_post` says whether it may."""
        return groups.create_channel(
            self.world, title, username, creator=creator, bot=bot, may_post=may_post
        )

    def post(
        self, channel: Chat, text: str, *, photo: bytes | None = None, album: str | None = None
    ) -> Message:
        """A post in a channel; photos of the same `album` are shown as one."""
        return groups.post_in_channel(self.world, channel, text, photo=photo, album=album)

    def edit_post(self, post: Message, text: str) -> None:
        """Change a post in a channel."""
        groups.edit_in_channel(self.world, post, text)

    def set_status(self, chat: Chat, who: Person | User, status: Status, *, by: Person) -> None:
        """Promote, remove, ban somebody or the bot (`api.bot`); the bot is told."""
        user = who.user if isinstance(who, Person) else who
        self.world.set_status(chat, user, status, by.user)

    def migrate(self, chat: Chat) -> Chat:
        """Turn a group into a supergroup; returns the new chat."""
        return groups.migrate(self.world, chat)
