"""The bot's own tables, beside the archive's in the same database; its migrations make them too."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    false,
    text,
)

from retrieval.storage.database import UtcDateTime

metadata = MetaData()

# Only so that foreign keys find it: the archive's.
Table("story", metadata, Column("id", Integer, primary_key=True))

# What is known of a chat.
place = Table(
    "place",
    metadata,
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    # an IANA name
    Column("zone", String(64), nullable=False),
)

# In which language a chat is spoken to; a private one has its person's id.
spoken = Table(
    "spoken",
    metadata,
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    # uk
    Column("language", String(8), nullable=False),
    # by /language; otherwise it is what Telegram says of the person's app
    Column("chosen", Boolean, nullable=False),
)

subscription = Table(
    "subscription",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("chat_id", BigInteger, nullable=False),
    # 0 outside a forum's topics
    Column("thread_id", BigInteger, nullable=False),
    Column("created_by", BigInteger, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    # local time, in minutes after midnight; weekdays as bits, Monday the lowest
    Column("minute", Integer, nullable=False),
    Column("weekdays", Integer, nullable=False),
    # empty in a draft until it is known
    Column("zone", String(64), nullable=False),
    # words; none means everything
    Column("topics", JSON, nullable=False),
    Column("length", String(16), nullable=False),
    # on a quiet day: nothing at all, instead of one line that says so
    Column("silent", Boolean, nullable=False),
    # a summary of seven days, whatever was told of them
    Column("weekly", Boolean, nullable=False, server_default=false()),
    # draft (being put together), active, paused (by its owner), blocked (Telegram refused the chat)
    Column("state", String(8), nullable=False),
    Column("next_due_at", UtcDateTime),
    # the end of the last briefing's window
    Column("covered_until", UtcDateTime, nullable=False),
    # which program works on it, and until when; see retrieval.storage.leases
    Column("claimed_by", Text),
    Column("claimed_until", UtcDateTime),
    Index("subscription_chat", "chat_id", "thread_id"),
    Index(
        "subscription_due",
        "next_due_at",
        sqlite_where=text("state = 'active'"),
        postgresql_where=text("state = 'active'"),
    ),
    # No number is given out twice: an old button must not act on a newer subscription.
    sqlite_autoincrement=True,
)

story_choice = Table(
    "story_choice",
    metadata,
    Column("reader", Text, primary_key=True),
    Column("story_id", ForeignKey("story.id", ondelete="CASCADE"), primary_key=True),
    # follow or mute
    Column("choice", String(8), nullable=False),
    Column("chosen_at", UtcDateTime, nullable=False),
)

# What a chat is told of at once.
watch = Table(
    "watch",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("chat_id", BigInteger, nullable=False),
    # 0 outside a forum's topics
    Column("thread_id", BigInteger, nullable=False),
    Column("created_by", BigInteger, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    # words; of one story, its headline
    Column("topic", Text, nullable=False),
    # none for a topic
    Column("story_id", ForeignKey("story.id", ondelete="CASCADE")),
    # the newest revision then: what was there before is no news
    Column("after_revision", Integer, nullable=False),
    # none: Telegram refused the chat, or its person was blocked
    Column("active_since", UtcDateTime),
    Index("watch_chat", "chat_id", "thread_id"),
    # an old button must not act on a newer one
    sqlite_autoincrement=True,
)

# When a chat wants to be told nothing at once, if it is not as the settings say.
quiet_hours = Table(
    "quiet_hours",
    metadata,
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    # local time, in minutes after midnight; equal: no such hours
    Column("begins", Integer, nullable=False),
    Column("ends", Integer, nullable=False),
)

# What a chat said about hearing of corrections; without a row, it does.
correction_choice = Table(
    "correction_choice",
    metadata,
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("wanted", Boolean, nullable=False),
    Column("chosen_at", UtcDateTime, nullable=False),
)

# How fast Telegram was sent to lately, where several programs count together (Postgres). A chat's
# row is gone within two minutes of its last message.
pace = Table(
    "pace",
    metadata,
    # 0: of all chats together
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    # see bot.telegram.shared_rate_limit
    Column("state", JSON, nullable=False),
    # from then on the row says nothing; seconds since 1970 by the database's clock
    Column("until", Double, nullable=False),
)

# Tokens of a day's budget that answers under way may need; what they did need is kept with them.
reservation = Table(
    "reservation",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person_id", BigInteger),
    Column("tokens", Integer, nullable=False),
    # of a program that died, nobody takes it back before
    Column("until", UtcDateTime, nullable=False),
)

# What people spent of a day's tokens before /forget; otherwise the day's budget could be had again.
# Gone when the day is.
forgotten_spending = Table(
    "forgotten_spending",
    metadata,
    # a keyed hash of the person and the day; the key is not in the database
    Column("who", String(64), primary_key=True),
    # its midnight
    Column("day", UtcDateTime, nullable=False),
    Column("tokens", Integer, nullable=False),
    # of these, what no other row tells of any more
    Column("unlisted", Integer, nullable=False),
)

_WAITING = text("state IN ('queued', 'sending')")
outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True),
    # names the message: a second row of the same name is refused
    Column("once", Text, nullable=False, unique=True),
    Column("chat_id", BigInteger, nullable=False),
    Column("thread_id", BigInteger, nullable=False),
    Column("subscription_id", ForeignKey("subscription.id", ondelete="SET NULL")),
    # {text, entities: [[kind, offset, length, url]], buttons: [[[label, callback data]]]}
    Column("payload", JSON, nullable=False),
    # queued -> sending -> sent | unknown (it may have arrived) | failed (it surely did not)
    Column("state", String(8), nullable=False),
    Column("not_before", UtcDateTime, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("claimed_by", Text),
    Column("claimed_until", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("message_id", BigInteger),
    Column("problem", Text),
    Index(
        "outbox_waiting",
        "not_before",
        "id",
        sqlite_where=_WAITING,
        postgresql_where=_WAITING,
    ),
    Index("outbox_chat", "chat_id", "id", sqlite_where=_WAITING, postgresql_where=_WAITING),
)

_OPEN = text("state = 'running' OR NOT told")
intake_job = Table(
    "intake_job",
    metadata,
    Column("id", Integer, primary_key=True),
    # by which one is found again that was not made by a message: a channel's, a command's
    Column("name", Text, unique=True),
    # where it is told about; none for what nobody waits for
    Column("chat_id", BigInteger),
    Column("thread_id", BigInteger, nullable=False),
    # the one message that shows how it goes
    Column("message_id", BigInteger),
    Column("added_by", Text, nullable=False),
    # offered (waits for a button) -> running <-> stopped, -> done; dropped: nobody wanted it
    Column("state", String(8), nullable=False),
    # whether the message shows this state
    Column("told", Boolean, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    # which program works on it, and until when; see retrieval.storage.leases
    Column("claimed_by", Text),
    Column("claimed_until", UtcDateTime),
    Index("intake_job_open", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
    sqlite_autoincrement=True,
)

# One source: a link, a post, a file with one article or many.
intake_item = Table(
    "intake_item",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("job_id", ForeignKey("intake_job.id", ondelete="CASCADE"), nullable=False),
    Column("label", Text, nullable=False),
    # {kind, ...}, see bot.features.adding.sources
    Column("source", JSON, nullable=False),
    Column("done", Boolean, nullable=False),
    # so many of its articles are dealt with, from the first
    Column("position", Integer, nullable=False),
    # the numbers of those that are read at all; empty for all
    Column("wanted", JSON, nullable=False),
    Column("added", Integer, nullable=False),
    Column("revised", Integer, nullable=False),
    Column("already", Integer, nullable=False),
    Column("rejected", Integer, nullable=False),
    # a list of (number, label, reason)
    Column("failures", JSON, nullable=False),
    # of the first few that were stored: (result, article id)
    Column("last", JSON, nullable=False),
    Index("intake_item_job", "job_id", "id"),
)

channel = Table(
    "channel",
    metadata,
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("title", Text, nullable=False),
    Column("username", Text),
    # whether the bot is in it
    Column("member", Boolean, nullable=False),
    # whether its posts are added
    Column("taken", Boolean, nullable=False),
    Column("switched_by", Text),
    Column("changed_at", UtcDateTime, nullable=False),
)

# The questions of a conversation, each as it stands alone; a chain of them by `before_id`.
turn = Table(
    "turn",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("user_id", BigInteger, nullable=False),
    Column("chat_id", BigInteger, nullable=False),
    # 0 outside a forum's topics
    Column("thread_id", BigInteger, nullable=False),
    Column("before_id", Integer),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("question", Text, nullable=False),
    # ids of the articles that were asked about; none means all
    Column("articles", JSON, nullable=False),
    # the messages that hold the answer
    Column("first_message_id", BigInteger, nullable=False),
    Column("last_message_id", BigInteger, nullable=False),
    # by /new: what comes next does not lean on it
    Column("ended", Boolean, nullable=False),
    Index("turn_person", "user_id", "chat_id", "thread_id", "id"),
)

# Questions that the archive did not answer, to be asked again after the next briefing.
noted = Table(
    "noted",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("chat_id", BigInteger, nullable=False),
    Column("thread_id", BigInteger, nullable=False),
    Column("person_id", BigInteger, nullable=False),
    Column("question", Text, nullable=False),
    Column("noted_at", UtcDateTime, nullable=False),
    # when it was asked last; a briefing after that lets it be asked again
    Column("looked_at", UtcDateTime, nullable=False),
    # which program works on it, and until when; see retrieval.storage.leases
    Column("claimed_by", Text),
    Column("claimed_until", UtcDateTime),
    Index("noted_person", "person_id"),
    Index("noted_place", "chat_id", "thread_id"),
)

# What came by webhook, from its arrival on; when done, it is kept a while to know it again.
_UNDONE = text("done_at IS NULL")
inbox = Table(
    "inbox",
    metadata,
    Column("update_id", BigInteger, primary_key=True, autoincrement=False),
    # 0 for what belongs to no chat
    Column("chat_id", BigInteger, nullable=False),
    Column("payload", JSON, nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("claimed_by", Text),
    Column("claimed_until", UtcDateTime),
    Column("done_at", UtcDateTime),
    Index("inbox_open", "chat_id", "update_id", sqlite_where=_UNDONE, postgresql_where=_UNDONE),
    Index("inbox_done", "done_at"),
)

# People whom the bot answers, so that an admin can name them. Gone with /forget.
person = Table(
    "person",
    metadata,
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    # in lower case, as Telegram compares them
    Column("username", Text),
    # to the day, about
    Column("seen_at", UtcDateTime, nullable=False),
    Index("person_username", "username"),
)

# Roles that were given to people; owners, and maybe some admins, stand in the settings.
standing = Table(
    "standing",
    metadata,
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    # admin, reader (let in by an invitation or an admin) or blocked
    Column("role", String(8), nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Index("standing_role", "role"),
)

invitation = Table(
    "invitation",
    metadata,
    Column("id", Integer, primary_key=True),
    # SHA-256 of the code in the link, which is kept nowhere
    Column("code_hash", String(64), nullable=False, unique=True),
    Column("created_by", BigInteger, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("uses", Integer, nullable=False),
    Column("uses_left", Integer, nullable=False),
    # a number that an admin once saw must not withdraw another invitation
    sqlite_autoincrement=True,
)
