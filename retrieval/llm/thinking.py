"""What a model thinks aloud, kept apart from what it answers; pure.

Servers that know thoughts send them in a field of their own; through the others they arrive in the
text, between tags: `<think>`, `[THINK]`, `<|begin_of_thought|>`, gpt-oss's channels, and whatever
the next model uses. Chat templates often write the opening tag themselves, so that only the closing
one arrives: then all before it was thought. In doubt it was a thought.
"""

from __future__ import annotations

import re

# A tag, in each kind of brackets; bounded, so that text is not held back for long. None holds what
# begins another, so that it does not matter in which pieces they come.
_INSIDE = r"[^<>◁▷&\[\]]"
_TAG = re.compile(
    rf"<{_INSIDE}{{1,80}}>|\[\s{{0,2}}/?[A-Za-z_ ]{{1,24}}\]|◁{_INSIDE}{{1,40}}▷"
    rf"|&lt;{_INSIDE}{{1,40}}&gt;"
)
# What may become one with the next piece.
_BEGUN = re.compile(
    rf"(?:<{_INSIDE}{{0,80}}|\[\s{{0,2}}/?[A-Za-z_ ]{{0,24}}|◁{_INSIDE}{{0,40}}"
    rf"|&(?:l(?:t(?:;{_INSIDE}{{0,40}}(?:&(?:gt?)?)?)?)?)?)\Z"
)
_WORD = re.compile(r"[a-z]+")
_THOUGHT = frozenset(
    {
        "think",
        "thinking",
        "thinks",
        "thought",
        "thoughts",
        "reason",
        "reasoning",
        "reasons",
        "reflect",
        "reflection",
        "analysis",
        "analyse",
        "analyze",
        "scratchpad",
        "rationale",
        "deliberation",
        "monologue",
        "cot",
        "antthinking",
        "planning",
        "details",
    }
)
# Square brackets are also a part of ordinary text: [analysis].
_IN_SQUARE_BRACKETS = frozenset({"think", "thinking", "thought", "thoughts", "reasoning"})
_ANSWER = frozenset({"answer", "solution", "final", "output", "response"})
# Tokens of chat templates that a server let through: the end of a turn, behind which a model only
# talks to itself; the begin of one, with whose it is; and others.
_ENDS_TURN = re.compile(
    r"</s>|<eos>|<\|?(?:im_end|eot_id|eom_id|end_of_turn|endoftext|end_of_text|end_of_sentence)\|?>"
)
_BEGINS_TURN = re.compile(r"<\|?(?:im_start|start_header_id|start_of_turn)\|?>")
_TOKEN = re.compile(r"<\|[^|]*\|>|<(?:s|bos|pad|unk)>|<unused\d+>")
_WHOSE = re.compile(r"\A\s*(?:assistant|model)?\s*")
_LONGEST_ROLE = 12
_GEMMA = {"<unused94>": False, "<unused95>": True}
_WIDE = str.maketrans("＜＞｜▁", "<>|_")
_ENDS = frozenset({"end", "close", "stop"})
_CHANNELS = frozenset({"start", "channel", "message", "end", "return", "call", "constrain"})
# gpt-oss's channels where a server dropped the special tokens between the words.
_BARE = re.compile(r"\s*(?:analysis|commentary)(?=[A-Z\"“'(])")
_BARE_FINAL = re.compile("assistantfinal")
# Thoughts under a heading, up to the one of the answer.
_HEADED = re.compile(
    r"[\s*_#>]*(?:(?:my|step[- ]by[- ]step|chain of) )?"
    r"(?:thinking|thoughts?|thought process|reasoning|rationale|analysis)[*_ ]{0,4}:",
    re.IGNORECASE,
)
_ANSWER_HEADING = re.compile(
    r"(?:\n|[.!?\])] )[\s*_#>]{0,20}(?:the )?(?:final )?(?:answer|response)[*_ ]{0,4}:",
    re.IGNORECASE,
)
_LONGEST_HEADING = 40
_MARKS_AROUND = "*_#> \n\t\r"
_BARE_BEGUN = (
    "analysis",
    "commentary",
    "thinking",
    "thought",
    "thoughts",
    "thought process",
    "reasoning",
    "rationale",
    "my thoughts",
    "my thinking",
    "my reasoning",
    "step-by-step reasoning",
    "step by step reasoning",
    "chain of thought",
)


class VisibleText:
    """Feed it a stream in any pieces; `text` is the answer so far, without any thought.

    `restarts` counts how often all that was taken for the answer proved to be thought. With
    `opens_thinking`, the model is known to think first although no tag says so.
    """

    def __init__(self, *, opens_thinking: bool = False) -> None:
        self.text = ""
        self.restarts = 0
        self.closed_unopened = False
        self._had_thoughts = False
        self._pending = ""
        self._depth = 0
        self._assumed = "" if opens_thinking else None
        self._header: str | None = None  # gpt-oss: what stands between a message and the next
        self._channel = "final"
        self._bare: re.Pattern[str] | None = None  # what ends thoughts that have no tags
        self._began = False
        self._ended = False
        self._whose: str | None = (
            None  # what stands behind the begin of a turn, up to its line's end
        )

    @property
    def had_thoughts(self) -> bool:
        """Whether any of what came was a thought."""
        return self._had_thoughts

    @property
    def is_thinking(self) -> bool:
        """Whether what comes now is a thought."""
        hidden = self._depth > 0 or self._bare is not None or self._assumed is not None
        return hidden or self._header is not None or self._channel != "final"

    def feed(self, piece: str) -> None:
        """Take the next piece."""
        self._pending += piece.translate(_WIDE)
        if not self._began and not self._begin():
            return
        while True:
            if self._bare is not None:
                if not self._end_bare(self._bare):
                    return
                continue
            found = _TAG.search(self._pending)
            if found is None:
                break
            self._show(self._pending[: found.start()])
            self._pending = self._pending[found.end() :]
            self._tag(found.group())
        begun = _BEGUN.search(self._pending)
        until = begun.start() if begun else len(self._pending)
        self._show(self._pending[:until])
        self._pending = self._pending[until:]

    def finish(self, *, cut: bool = False) -> str:
        """The answer, when nothing more comes; `cut`: the model was stopped."""
        if not self._began:
            self._begin(is_all=True)
            self.feed("")
        self._show("" if _is_begun_tag(self._pending) else self._pending)
        self._pending = ""
        if self._whose is not None:
            rest, self._whose = _WHOSE.sub("", self._whose, count=1), None
            self._show(rest)
        if self._assumed is not None and self._depth == 0 and not cut:
            # It was expected to think and has not.
            self.text, self._assumed = self._assumed, None
        return self.text

    def _begin(self, *, is_all: bool = False) -> bool:
        """Whether enough came to see how it begins."""
        start = self._pending.lstrip(_MARKS_AROUND).casefold()
        more = not is_all and len(start) < _LONGEST_HEADING and not re.search(r"[:\n<]", start)
        if more and any(
            word.startswith(start.rstrip()) or re.match(rf"{word}[ *_]*\Z", start)
            for word in _BARE_BEGUN
        ):
            return False
        self._began = True
        headed = _HEADED.match(self._pending)
        if found := _BARE.match(self._pending) or headed:
            self._bare = _ANSWER_HEADING if headed else _BARE_FINAL
            self._had_thoughts = True
            self._pending = self._pending[found.end() :]
        return True

    def _end_bare(self, end: re.Pattern[str]) -> bool:
        if found := end.search(self._pending):
            self._bare = None
            self._restart()
            self._pending = self._pending[found.end() :]
            return True
        self._pending = self._pending[-_LONGEST_HEADING:]
        return False

    def _show(self, text: str) -> None:
        if self._whose is not None:
            self._whose += text
            begun = self._whose.lstrip()
            if "\n" not in begun and len(begun) <= _LONGEST_ROLE:
                return
            text, self._whose = _WHOSE.sub("", self._whose, count=1), None
        if self._ended:
            return
        if self._header is not None:
            self._header += text
        elif self._depth or self._channel != "final":
            pass
        elif self._assumed is not None:
            self._assumed += text
        else:
            self.text += text

    def _tag(self, tag: str) -> None:
        if self._whose is not None and not _BEGINS_TURN.fullmatch(tag):
            self._whose = None
        inner = tag.removeprefix("&lt;").removesuffix("&gt;").strip("<>[]◁▷").strip().strip("|")
        name = inner.strip().lstrip("/ ").split(maxsplit=1)
        words = _WORD.findall(name[0].casefold()) if name else []
        closes = inner.lstrip().startswith("/") or bool(_ENDS.intersection(words))
        thoughts = _IN_SQUARE_BRACKETS if tag.startswith("[") else _THOUGHT
        if tag in _GEMMA:
            self._thought_tag(closes=_GEMMA[tag], empty=False)
        elif tag.startswith("<|") and len(words) == 1 and words[0] in _CHANNELS:
            self._channel_tag(words[0])
        elif thoughts.intersection(words):
            self._thought_tag(closes=closes, empty=inner.rstrip().endswith("/"))
        elif tag.startswith(("<", "&")) and _ANSWER.intersection(words):
            if not closes and not self._depth:
                self._restart()
        elif _ENDS_TURN.fullmatch(tag) or (_BEGINS_TURN.fullmatch(tag) and self.text.strip()):
            self._ended = self._ended or (self._depth == 0 and bool(self.text.strip()))
        elif _BEGINS_TURN.fullmatch(tag):
            self._whose = ""
        elif not _TOKEN.fullmatch(tag):
            self._show(tag)

    def _thought_tag(self, *, closes: bool, empty: bool) -> None:
        self._had_thoughts = True
        if empty and not closes:
            return
        if not closes:
            self._depth += 1
            if self._assumed is not None and not self._assumed.strip():
                self._assumed = None
        elif self._depth:
            self._depth -= 1
        else:
            self.closed_unopened = True
            self._restart()

    def _channel_tag(self, word: str) -> None:
        """`<|start|>assistant<|channel|>analysis<|message|>...<|end|>`, and the final one."""
        if self._depth:
            return
        if word == "message":
            name = (self._header or "").strip().split(" ")[0]
            self._channel = "final" if name in {"", "assistant"} else name
            self._header = None
            if self._channel == "final":
                self._restart()
            else:
                self._had_thoughts = True
        elif word in {"start", "channel", "end", "return", "call"}:
            self._header = ""

    def _restart(self) -> None:
        """What was taken for the answer was a thought."""
        if self.text.strip() or self._assumed:
            self._had_thoughts = True
        if self.text:
            self.restarts += 1
        self.text, self._assumed = "", None
        self._channel, self._header = "final", None


def _is_begun_tag(text: str) -> bool:
    """Whether a stream ended inside a tag of ours: a scrap, not text."""
    begun = re.fullmatch(r"(?:<|\[|◁|&lt;)\s?/?\|?(?:[a-z]+[_:])*([a-z]{2,})\|?", text.casefold())
    return begun is not None and any(one.startswith(begun[1]) for one in _THOUGHT | _CHANNELS)
