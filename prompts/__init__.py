"""What the model is told: one Markdown file a prompt, and the loader.

A prompt file has a part for each message, begun by a line `## system` or `## human`; what stands
before the first is for people. Variables stand in braces.
"""

from __future__ import annotations

import re
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from langchain_core.prompts import ChatPromptTemplate

_PART = re.compile(r"^## (system|human)\n", re.MULTILINE)


@cache
def version(name: str) -> str:
    """Eight hexadecimal digits that change when the prompt `name` does."""
    return sha256((files("prompts") / f"{name}.md").read_bytes()).hexdigest()[:8]


@cache
def load(name: str, *variables: str) -> ChatPromptTemplate:
    """The prompt `name`, to be filled with exactly `variables`.

    Raises:
        ValueError: the file has no part, or its variables are not those that were named.
    """
    from langchain_core.prompts import ChatPromptTemplate  # noqa: PLC0415  heavy

    _, *parts = _PART.split((files("prompts") / f"{name}.md").read_text(encoding="utf-8"))
    if not parts:
        msg = f"prompt {name}: no '## system' or '## human' part"
        raise ValueError(msg)
    roles, texts = parts[::2], [text.strip() for text in parts[1::2]]
    template = ChatPromptTemplate.from_messages(list(zip(roles, texts, strict=True)))
    missing = set(template.input_variables) - set(variables)
    unused = set(variables) - set(template.input_variables)
    if missing or unused:
        msg = f"prompt {name}: missing {sorted(missing)}, unused {sorted(unused)}"
        raise ValueError(msg)
    return template
