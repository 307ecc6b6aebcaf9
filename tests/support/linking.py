"""What Telegram would make touchable in a text by itself, near enough to what TDLib does.

https://core.telegram.org/bots/api#messageentity
"""

from __future__ import annotations

import re

_TOUCHABLE = re.compile(
    r"(?<!\w)@\w{2,}"  # a name
    r"|(?<!\w)#\w+"  # a tag
    r"|(?<![\w/])/[A-Za-z0-9_]+"  # a command
    r"|(?<!\w)\$[A-Z]{1,8}\b"  # a share
    r"|\b[a-z][a-z0-9+.-]*://\S+"  # an address
    r"|\b[\w-]+(?:\.[\w-]+)*\.[^\W\d_]{2,}\b"  # a domain, an e-mail's too
)


def touchable(text: str) -> list[str]:
    """The parts of a text that would be linked."""
    return _TOUCHABLE.findall(text)
