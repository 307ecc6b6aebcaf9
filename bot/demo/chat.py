"""A conversation with the bot in the terminal."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.rule import Rule

from bot.demo.terminal import render_buttons, render_message
from bot.features.adding.views import READING
from bot.features.questions.views import WRITING, CitedButton, SourcesButton
from bot.local_api import MemberStatus
from retrieval.answering.answerer import NOT_IN_ARCHIVE
from retrieval.errors import ArchiveError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.status import Status as Waiting

    from bot.demo.stage import Stage
    from bot.local_api import Message


HELLO = """\
This is a chat with the real bot on a local Telegram; its archive holds sample articles about
autumn 2024 and the Kursk front, in outlets that do not exist. You are a reader and an admin.

It is the evening of 25 November 2024; the next chat begins then again.

  ask anything      How many North Korean soldiers are in Kursk, and who says so?
  a number          presses that button of the last message
  /file PATH        sends a file to the bot, as an admin would to add it
  a link            is offered to be added; /add LINK LINK ... adds at once
  /forward TEXT     forwards a post of the channel Front Notes to the bot
  /post TEXT        is a new post of that channel, added once /channels switched it on
  /briefing         what changed; /subscribe brings one every morning
  /tomorrow         lets a day pass: articles come in, briefings arrive when they are due
  /quit             ends the chat
"""
# Answers may have several messages, and messages may change: seconds of silence that end an answer.
_QUIET_S = 0.7
_PATIENCE_S = 300.0


async def converse(stage: Stage, console: Console) -> None:
    """Talk until /quit or the end of input."""
    with contextlib.suppress(ImportError):
        import readline  # noqa: F401, PLC0415  gives input() history and editing
    console.print(HELLO)
    screen = _ChatScreen(stage, console)
    await stage.days.begin()
    await stage.person.send("/start")
    await screen.show_replies()
    while True:
        try:
            line = (await asyncio.to_thread(console.input, "[bold cyan]You:[/] ")).strip()
        except (EOFError, KeyboardInterrupt):
            return
        if line in {"/quit", "/exit"}:
            return
        if line and await _act(stage, screen, line):
            await screen.show_replies()


async def _act(stage: Stage, screen: _ChatScreen, line: str) -> bool:
    """Do what a line says; True if the bot will answer."""
    if line.isdigit():
        return await screen.press(int(line))
    if line == "/tomorrow":
        return await _tomorrow(stage, screen)
    if line.split(maxsplit=1)[0] == "/file":
        return await _send_file(stage, screen, line.removeprefix("/file").strip())
    command, _, rest = line.partition(" ")
    if command in {"/forward", "/post"}:
        return await _channel_post(stage, screen, rest.strip(), forward=command == "/forward")
    try:
        await stage.person.send(line)
    except ValueError as error:  # longer than Telegram allows
        screen.note(str(error))
        return False
    return True


async def _tomorrow(stage: Stage, screen: _ChatScreen) -> bool:
    with screen.waiting("a day passes …"):
        came = await stage.days.forward()
    screen.note(f"It is {stage.days.clock.now():%d %B %Y, %H:%M} UTC; {came} articles came in.")
    await screen.show_replies(_QUIET_S)
    return False


async def _channel_post(stage: Stage, screen: _ChatScreen, text: str, *, forward: bool) -> bool:
    if not text:
        screen.note("What does the post say? /forward TEXT, or /post TEXT")
        return False
    chats = stage.api.world.chats.values()
    channel = next((one for one in chats if one.type == "channel"), None)
    if channel is None:
        channel = stage.api.channel("Front Notes", "frontnotes")
        by = stage.person
        stage.api.set_status(channel, stage.api.bot, MemberStatus.ADMINISTRATOR, by=by)
    post = stage.api.post(channel, text)
    if forward:
        await stage.person.forward(post)
    else:
        screen.note("Posted in Front Notes; /channels says whether its posts are added.")
    return forward


async def _send_file(stage: Stage, screen: _ChatScreen, name: str) -> bool:
    if not name:
        screen.note("Which file? /file PATH")
        return False
    try:
        content = await asyncio.to_thread(_read, name)
    except OSError as error:
        screen.note(f"{name} can't be read: {error.strerror}.")
        return False
    await stage.person.upload(Path(name).name, content)
    return True


def _read(name: str) -> bytes:
    return Path(name).expanduser().read_bytes()


class _ChatScreen:
    """Shows the chat in the terminal, and knows what it has shown."""

    def __init__(self, stage: Stage, console: Console) -> None:
        self._person = stage.person
        self._chat = stage.person.private_chat()
        self._bot = stage.api.bot
        self._console = console
        self._shown: dict[int, int] = {}

    async def show_replies(self, patience: float = _PATIENCE_S) -> None:
        """Show the bot's messages until it is done; waits `patience` seconds for the first."""
        with self._console.status("typing …") as status:
            while True:
                try:
                    await self._chat.changes.until(self._news, patience)
                except TimeoutError:
                    return
                for message in self._news() or []:
                    if is_draft(message):  # only the complete answer is printed
                        self._shown[message.id] = len(message.versions)
                        status.update(render_message(message))
                    else:
                        status.update("typing …")
                        self._show(message)
                last = self._person.messages()[-1:]
                unfinished = any(one.text.startswith(READING) or is_draft(one) for one in last)
                patience = _PATIENCE_S if unfinished else _QUIET_S

    async def press(self, number: int) -> bool:
        """Press a button of the newest message with buttons, by its number."""
        withbuttons = [one for one in self._person.messages() if one.buttons]
        try:
            answer = await self._person.press(withbuttons[-1], number, timeout=_PATIENCE_S)
        except (IndexError, LookupError):
            self.note("There is no such button.")
            return False
        if answer.text:
            self.note(answer.text)
        return not answer.text

    def waiting(self, what: str) -> Waiting:
        """Show that something is being waited for, during the block."""
        return self._console.status(what)

    def note(self, text: str) -> None:
        """Print a note of the demo's own."""
        self._console.print(text, style="italic", markup=False)

    def _news(self) -> list[Message] | None:
        """New or changed messages of the bot; None if there are none."""
        return [
            one
            for one in self._person.messages()
            if one.sender == self._bot and self._shown.get(one.id) != len(one.versions)
        ] or None

    def _show(self, message: Message) -> None:
        """Print a message, or only its buttons if only these changed."""
        before = self._shown.get(message.id)
        self._shown[message.id] = len(message.versions)
        is_same = before is not None and message.versions[before - 1].text == message.text
        shown = render_buttons if is_same and message.buttons else render_message
        self._console.print(Padding(shown(message), (1, 0, 1, 2), expand=False))


def is_draft(message: Message) -> bool:
    """Whether an answer is still being written: complete ones and passages have buttons."""
    return message.text.endswith(WRITING) and not message.buttons


# The script checks what readers rely on: each footnote's button leads to a stored sentence, and the
# answer shows exactly that sentence.

ANSWERED = (
    "How many troops were massed for the Kursk offensive, and who says so?",
    "How many casualties has Russia suffered, and who says so?",
)
DECLINED = "How many goals did Dynamo Kyiv score?"
PATIENCE_S = 180.0


async def play(stage: Stage, console: Console) -> int:
    """Ask three questions and print the exchange; 0 only if the answers are as expected."""
    summary = await stage.library.archive.catalogue.summary()
    console.print(f"{summary.articles} sample articles.\n")
    verdicts = [await _exchange(stage, console, question) for question in ANSWERED]
    good = all([await citations_hold(stage, reply) for reply in verdicts])
    refusal = await _exchange(stage, console, DECLINED)
    declined = str(NOT_IN_ARCHIVE) in refusal.text and _citing(refusal) is None
    console.print(Rule())
    console.print(_verdict(good=good, declined=declined))
    return 0 if good and declined else 1


async def citations_hold(stage: Stage, reply: Message) -> bool:
    """Whether a reply has footnotes, each a stored sentence that the reply shows."""
    archive, where = stage.library.archive, f"telegram:{reply.chat.id}:0"
    cites = _citing(reply)
    if cites is None:
        return False
    try:
        numbers = [n for n, _ in await archive.answers.cited_outlets(where, cites)]
        for number in numbers:
            cited = await archive.answers.cited_text(where, cites, number)
            sentence = " ".join(cited.sentence.of(cited.text).split())
            if cited.corrected is not None or not sentence or sentence not in reply.text:
                return False
    except ArchiveError:
        return False
    return bool(numbers)


def _citing(reply: Message) -> int | None:
    """The id of the answer whose sources the reply's buttons open; None if it has none."""
    data = [button.callback_data or "" for row in reply.buttons for button in row]
    opening = [CitedButton.unpack(one) or SourcesButton.unpack(one) for one in data]
    return next((one.answer_id for one in opening if one is not None), None)


async def _exchange(stage: Stage, console: Console, question: str) -> Message:
    console.print(Rule(align="left"))
    console.print(f"You: {question}\n", style="bold cyan")
    await stage.person.send(question)
    reply = await stage.person.wait_for_reply(timeout=PATIENCE_S)
    await reply.wait_until(lambda one: not is_draft(one), PATIENCE_S)
    console.print(Padding(render_message(reply), (0, 0, 1, 2), expand=False))
    return reply


def _verdict(*, good: bool, declined: bool) -> str:
    cited = "both answers cite stored sentences" if good else "an answer's citations do not hold"
    no = "the third question was declined" if declined else "the third question was not declined"
    return f"Checked: {cited}; {no}."
