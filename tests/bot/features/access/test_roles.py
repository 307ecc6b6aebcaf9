"""The one function that decides, over all roles and all actions."""

from __future__ import annotations

from itertools import product

import pytest

from bot.features.access.people import (
    ACTIONS,
    APPOINT,
    BUTTONS,
    DISMISS,
    UNKNOWN,
    Role,
    action_of_button,
    may,
)

OWNER, ADMIN, READER, STRANGER, BLOCKED = Role

# Written down once more, by hand: who may what, a column a role.
#                  owner admin reader stranger blocked
TABLE = """
    start          yes   yes   yes    yes      no
    privacy        yes   yes   yes    yes      yes
    export         yes   yes   yes    yes      yes
    forget         yes   yes   yes    yes      yes
    help           yes   yes   yes    no       no
    ask            yes   yes   yes    no       no
    new            yes   yes   yes    no       no
    briefing       yes   yes   yes    no       no
    subscribe      yes   yes   yes    no       no
    subscriptions  yes   yes   yes    no       no
    watch          yes   yes   yes    no       no
    unwatch        yes   yes   yes    no       no
    corrections    yes   yes   yes    no       no
    sources        yes   yes   yes    no       no
    language       yes   yes   yes    no       no
    question       yes   yes   yes    no       no
    inline         yes   yes   yes    no       no
    unknown        yes   yes   yes    no       no
    add            yes   yes   no     no       no
    file           yes   yes   no     no       no
    article        yes   yes   no     no       no
    articles       yes   yes   no     no       no
    feeds          yes   yes   no     no       no
    channels       yes   yes   no     no       no
    stats          yes   yes   no     no       no
    status         yes   yes   no     no       no
    usage          yes   yes   no     no       no
    invite         yes   yes   no     no       no
    block          yes   yes   no     no       no
    unblock        yes   yes   no     no       no
    log            yes   yes   no     no       no
    admins         yes   yes   no     no       no
    admins_add     yes   no    no     no       no
    admins_remove  yes   no    no     no       no
"""
ROWS = [line.split() for line in TABLE.strip().splitlines()]
EXPECTED = {row[0].replace("_", " "): dict(zip(Role, row[1:], strict=True)) for row in ROWS}

# Who may do it to whom; what is not listed may not be.
TO_WHOM = {
    (APPOINT, OWNER, READER),
    (APPOINT, OWNER, STRANGER),
    (DISMISS, OWNER, ADMIN),
    ("block", OWNER, READER),
    ("block", OWNER, STRANGER),
    ("block", ADMIN, READER),
    ("block", ADMIN, STRANGER),
    ("unblock", OWNER, BLOCKED),
    ("unblock", ADMIN, BLOCKED),
}


def test_every_action_stands_in_this_table_too() -> None:
    assert set(EXPECTED) == set(ACTIONS)


@pytest.mark.parametrize("action", EXPECTED)
@pytest.mark.parametrize("role", Role)
def test_a_role_may_what_the_table_says(role: Role, action: str) -> None:
    assert may(role, action) == (EXPECTED[action][role] == "yes")


def test_an_action_reaches_only_those_whom_it_may_reach() -> None:
    everything = product(ACTIONS, Role, Role)
    assert {(action, role, to) for action, role, to in everything if may(role, action, to)} == (
        TO_WHOM
    )


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("action", ["frobnicate", "", "ADD", "add ", "admins  add"])
def test_what_stands_in_no_table_nobody_may(role: Role, action: str) -> None:
    assert not may(role, action)


def test_every_button_belongs_to_an_action() -> None:
    assert set(BUTTONS.values()) <= set(ACTIONS)
    assert action_of_button("log:older:12") == "log"
    assert action_of_button("nobody:knows:this") == action_of_button("") == UNKNOWN
