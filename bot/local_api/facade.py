"""The running server as tests, the demo and load tests use it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.local_api.formatting import detected
from bot.local_api.messages import GONE, Chat, MemberStatus, Message, User, Version
from bot.local_api.people import Person
from bot.local_api.world import media_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.local_api.errors import Json
    from bot.local_api.faults import Faults
    from bot.local_api.gateway import Call, Gateway
    from bot.local_api.limits import Limits
    from bot.local_api.world import Action, StreamedDraft, World


class LocalBotApi:
    """A running server. PTB's ApplicationBuilder gets its `base_url` and `base_file_url`."""

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
    def drafts(self) -> list[StreamedDraft]:
        """What the bot streamed with sendMessageDraft."""
        return self.world.drafts

    @property
    def chat_actions(self) -> list[Action]:
        """What the bot showed with sendChatAction."""
        return self.world.actions

    def calls(self, method: str | None = None, chat_id: int | None = None) -> list[Call]:
        """The bot's requests, oldest first."""
        return [
            call
            for call in self.gateway.log
            if method in {None, call.method} and chat_id in {None, call.parameters.get("chat_id")}
        ]

    @property
    def unknown_parameters(self) -> set[str]:
        """All parameters that Telegram would have ignored, as `method.parameter`."""
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

    def group(  # noqa: PLR0913 - a group's properties
        self,
        title: str,
        creator: Person,
        members: Iterable[Person] = (),
        *,
        administrators: Iterable[Person] = (),
        bot: MemberStatus = MemberStatus.MEMBER,
        supergroup: bool = True,
        forum: bool = False,
    ) -> Chat:
        """A group with the bot in it."""
        return create_group(
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
        return create_topic(chat, name)

    def channel(
        self,
        title: str,
        username: str | None = None,
        *,
        creator: Person | None = None,
        bot: MemberStatus = MemberStatus.LEFT,
        may_post: bool = True,
    ) -> Chat:
        """A channel, by default without the bot; with it, `may_post` is its right to post."""
        return create_channel(
            self.world, title, username, creator=creator, bot=bot, may_post=may_post
        )

    def post(
        self, channel: Chat, text: str, *, photo: bytes | None = None, album: str | None = None
    ) -> Message:
        """A post in a channel; photos of the same `album` are shown as one."""
        return post_in_channel(self.world, channel, text, photo=photo, album=album)

    def edit_post(self, post: Message, text: str) -> None:
        """Change a post in a channel."""
        edit_in_channel(self.world, post, text)

    def set_status(
        self, chat: Chat, who: Person | User, status: MemberStatus, *, by: Person
    ) -> None:
        """Promote, remove or ban somebody or the bot (`api.bot`); the bot gets an update."""
        user = who.user if isinstance(who, Person) else who
        self.world.set_status(chat, user, status, by.user)

    def migrate(self, chat: Chat) -> Chat:
        """Turn a group into a supergroup; returns the new chat."""
        return migrate(self.world, chat)


SUPERGROUP_BASE = -1_000_000_000_000


def create_group(  # noqa: PLR0913 - a group's properties
    world: World,
    title: str,
    creator: Person,
    members: Iterable[Person] = (),
    *,
    administrators: Iterable[Person] = (),
    bot: MemberStatus = MemberStatus.MEMBER,
    supergroup: bool = True,
    forum: bool = False,
) -> Chat:
    """A group with the bot in it; the bot gets an update that it was added."""
    number = world.new_id()
    chat = Chat(
        SUPERGROUP_BASE - number if supergroup else -number,
        "supergroup" if supergroup else "group",
        title,
        is_forum=forum,
    )
    roles = [
        (creator, MemberStatus.CREATOR),
        *((person, MemberStatus.MEMBER) for person in members),
    ]
    roles += [(person, MemberStatus.ADMINISTRATOR) for person in administrators]
    chat.members = {person.id: (person.user, status) for person, status in roles}
    world.chats[chat.id] = chat
    if bot is not MemberStatus.LEFT:
        world.set_status(chat, world.bot, bot, creator.user)
    return chat


def create_channel(  # noqa: PLR0913 - a channel's properties
    world: World,
    title: str,
    username: str | None = None,
    *,
    creator: Person | None = None,
    bot: MemberStatus = MemberStatus.LEFT,
    may_post: bool = True,
) -> Chat:
    """A channel, by default without the bot; with it, `may_post` is its right to post."""
    chat = Chat(SUPERGROUP_BASE - world.new_id(), "channel", title, username)
    chat.members[world.bot.id] = (world.bot, bot)
    if creator is not None:
        chat.members[creator.id] = (creator.user, MemberStatus.CREATOR)
    if not may_post:
        chat.may_not_post.add(world.bot.id)
    world.chats[chat.id] = chat
    return chat


def post_in_channel(
    world: World, chat: Chat, text: str, *, photo: bytes | None = None, album: str | None = None
) -> Message:
    """Post in a channel; the bot gets an update if it is a member.

    Posts of the same `album`, with one photo each, are shown as one.
    """
    media: Json = {}
    if photo is not None:
        media = media_json(world.files.add("photos", "photo.jpg", photo, "image/jpeg"), "photo")
    message = Message(chat, None, [Version(text, detected(text), date=world.now())], media)
    message.extra = {"sender_chat": chat.as_json()}
    if album is not None:
        message.extra["media_group_id"] = album
    world.post(message)
    _tell_post(world, "channel_post", message)
    return message


def edit_in_channel(world: World, message: Message, text: str) -> None:
    """Edit a channel's post; the bot gets an update if it is a member."""
    world.revise(message, Version(text, detected(text), date=world.now()))
    _tell_post(world, "edited_channel_post", message)


def _tell_post(world: World, kind: str, message: Message) -> None:
    if message.chat.status(world.bot.id) not in GONE:
        world.updates.add(kind, message.as_json())


def create_topic(chat: Chat, name: str) -> int:
    """A topic of a forum; returns its message_thread_id."""
    chat.is_forum = True
    number = chat.next_id()
    chat.topics[number] = name
    return number


def migrate(world: World, chat: Chat) -> Chat:
    """Turn a group into a supergroup; the bot gets both service messages."""
    new = Chat(SUPERGROUP_BASE - world.new_id(), "supergroup", chat.title)
    new.members = dict(chat.members)
    world.chats[new.id] = new
    chat.migrated_to = new.id
    nothing = Version("", date=world.now())
    moves = ((chat, {"migrate_to_chat_id": new.id}), (new, {"migrate_from_chat_id": chat.id}))
    for place, extra in moves:
        message = world.post(Message(place, world.bot, [nothing], extra=extra))
        data = message.as_json()
        del data["text"]
        world.updates.add("message", data)
    return new
