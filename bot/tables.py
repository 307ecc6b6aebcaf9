"""The bot's own tables. They share the archive's database and its migrations."""

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

# The archive's table, named here for foreign keys.
Table("story", metadata, Column("id", Integer, primary_key=True))

# What is known of a chat.
place = Table(
    "place",
    metadata,
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    # an IANA name
    Column("zone", String(64), nullable=False),
)

# The language of a chat; a private chat has the id of its person.
spoken = Table(
    "spoken",
    metadata,
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    # uk
    Column("language", String(8), nullable=False),
    # set by /language; otherwise the language of the person's app, as Telegram reports it
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
    # on a quiet day send nothing, rather than one line that says so
    Column("silent", Boolean, nullable=False),
    # a summary of seven days, including what was already reported
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
    # Ids are never reused: an old button must not act on a newer subscription.
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

# What a chat gets alerts about.
watch = Table(
    "watch",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("chat_id", BigInteger, nullable=False),
    # 0 outside a forum's topics
    Column("thread_id", BigInteger, nullable=False),
    Column("created_by", BigInteger, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    # words; for a single story, its headline
    Column("topic", Text, nullable=False),
    # none for a topic
    Column("story_id", ForeignKey("story.id", ondelete="CASCADE")),
    # the newest revision at that time: older ones are not news
    Column("after_revision", Integer, nullable=False),
    # null: Telegram refused the chat, or its person was blocked
    Column("active_since", UtcDateTime),
    Index("watch_chat", "chat_id", "thread_id"),
    # an old button must not act on a newer one
    sqlite_autoincrement=True,
)

# Quiet hours of a chat, where they differ from the settings.
quiet_hours = Table(
    "quiet_hours",
    metadata,
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    # local time, in minutes after midnight; equal: no such hours
    Column("begins", Integer, nullable=False),
    Column("ends", Integer, nullable=False),
)

# Whether a chat is told of corrections; without a row, it is.
correction_choice = Table(
    "correction_choice",
    metadata,
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("wanted", Boolean, nullable=False),
    Column("chosen_at", UtcDateTime, nullable=False),
)

# What was sent to Telegram lately, where several programs share a rate limit (Postgres). A chat's
# row is deleted within two minutes of its last message.
pace = Table(
    "pace",
    metadata,
    # 0: all chats together
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    # see bot.telegram.shared_rate_limit
    Column("state", JSON, nullable=False),
    # when the row stops mattering; seconds since 1970 by the database's clock
    Column("until", Double, nullable=False),
)

# Tokens of a day's budget set aside for answers in progress; actual use is stored with each answer.
reservation = Table(
    "reservation",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person_id", BigInteger),
    Column("tokens", Integer, nullable=False),
    # if the program dies, the tokens are free again at this time
    Column("until", UtcDateTime, nullable=False),
)

# Tokens that people spent today before /forget; otherwise /forget would renew the daily budget.
# Deleted when the day is over.
forgotten_spending = Table(
    "forgotten_spending",
    metadata,
    # a keyed hash of the person and the day; the key is not in the database
    Column("who", String(64), primary_key=True),
    # its midnight
    Column("day", UtcDateTime, nullable=False),
    Column("tokens", Integer, nullable=False),
    # the part of these that no other row records any more
    Column("unlisted", Integer, nullable=False),
)

_WAITING = text("state IN ('queued', 'sending')")
outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True),
    # the message's name; a second row with the same name is refused
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
    # identifies a job that no message started: a channel's, a command's
    Column("name", Text, unique=True),
    # where its progress is shown; null if nobody waits for it
    Column("chat_id", BigInteger),
    Column("thread_id", BigInteger, nullable=False),
    # the message that shows its progress
    Column("message_id", BigInteger),
    Column("added_by", Text, nullable=False),
    # offered (waits for a button) -> running <-> stopped, -> done; dropped: declined
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
    # how many of its articles are done, counted from the first
    Column("position", Integer, nullable=False),
    # the numbers of the articles to read; empty for all
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
    # by /new: the next question does not build on it
    Column("ended", Boolean, nullable=False),
    Index("turn_person", "user_id", "chat_id", "thread_id", "id"),
)

# Saved questions: the archive had no answer, so they are asked again after the next briefing.
noted = Table(
    "noted",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("chat_id", BigInteger, nullable=False),
    Column("thread_id", BigInteger, nullable=False),
    Column("person_id", BigInteger, nullable=False),
    Column("question", Text, nullable=False),
    Column("noted_at", UtcDateTime, nullable=False),
    # when it was last asked; the next briefing after that triggers it again
    Column("looked_at", UtcDateTime, nullable=False),
    # which program works on it, and until when; see retrieval.storage.leases
    Column("claimed_by", Text),
    Column("claimed_until", UtcDateTime),
    Index("noted_person", "person_id"),
    Index("noted_place", "chat_id", "thread_id"),
)

# Updates that came by webhook. A finished one is kept for a while, to recognise repetitions.
_UNDONE = text("done_at IS NULL")
inbox = Table(
    "inbox",
    metadata,
    Column("update_id", BigInteger, primary_key=True, autoincrement=False),
    # 0 if it belongs to no chat
    Column("chat_id", BigInteger, nullable=False),
    Column("payload", JSON, nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("claimed_by", Text),
    Column("claimed_until", UtcDateTime),
    Column("done_at", UtcDateTime),
    Index("inbox_open", "chat_id", "update_id", sqlite_where=_UNDONE, postgresql_where=_UNDONE),
    Index("inbox_done", "done_at"),
)

# People who use the bot, so that admins can refer to them by name. Deleted by /forget.
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

# Roles given to people; owners, and maybe some admins, are named in the settings.
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
    # SHA-256 of the link's code; the code itself is not stored
    Column("code_hash", String(64), nullable=False, unique=True),
    Column("created_by", BigInteger, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("uses", Integer, nullable=False),
    Column("uses_left", Integer, nullable=False),
    # ids are never reused: a number that an admin once saw must not withdraw another invitation
    sqlite_autoincrement=True,
)
