"""Whatever a library makes of a secret before it writes it, it is struck out."""

from __future__ import annotations

import json
from base64 import b64encode
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ops.redaction import in_address, secrets_of, striker
from bot.settings import BotSettings

PASSWORD = 'p@ss/"wörd" 1%'
ENCODED = quote(PASSWORD, safe="")
URL = f"postgresql+asyncpg://sitrep:{ENCODED}@db.example/sitrep"
words = st.text(min_size=4, max_size=30).filter(lambda text: text.strip() == text)


@given(words)
def test_every_spelling_of_a_secret_is_struck(secret: str) -> None:
    secret = secret.encode(errors="replace").decode()
    strike = striker([secret])
    spellings = (
        secret,
        quote(secret, safe=""),
        quote(secret, safe="").lower() if secret.islower() else secret,
        quote(secret),
        quote_plus(secret),
        json.dumps(secret),
        json.dumps(secret, ensure_ascii=False),
        repr(secret),
    )
    for spelt in spellings:
        assert "[secret]" in strike(f"<{spelt}>"), spelt


@given(words, words)
def test_the_password_of_an_address_is_found_and_struck(user: str, password: str) -> None:
    user, password = (one.encode(errors="replace").decode() for one in (user, password))
    address = f"postgresql+asyncpg://{quote(user, safe='')}:{quote(password, safe='')}@h/x"
    secrets = in_address(address)
    assert password in secrets
    strike = striker(secrets)
    assert quote(password, safe="") not in strike(f"to {address}").removeprefix("to postgresql")
    basic = b64encode(f"{user}:{password}".encode()).decode()
    assert strike(f"Basic {basic}").startswith("Basic [secret]")


@given(st.text(max_size=200))
def test_no_text_and_no_address_stops_it(text: str) -> None:
    striker(in_address(f"http://{text}") | in_address(text))(text)


def test_all_that_settings_hold_is_found() -> None:
    settings = BotSettings.read(
        _env_file=None,
        telegram_bot_token="123456:token-secret",
        openai_api_key="key-secret",
        webhook_secret="hook-secret-hook-secret",
        otel_exporter_otlp_headers="env=prod,x-team=team-secret,auth=Bearer bearer-secret==",
        database_url=URL,
        chroma_url="https://chroma-token@chroma.example",
        openai_base_url="https://me:model-secret@models.example/v1?api-key=par-secret&api-version=7",
    )
    found = secrets_of(settings)
    assert {
        "123456:token-secret",
        "token-secret",
        "key-secret",
        "hook-secret-hook-secret",
        PASSWORD,
        ENCODED,
        "chroma-token",
        "model-secret",
        "par-secret",
        "team-secret",
        "bearer-secret==",
    } <= found
    assert found.isdisjoint({"sitrep", "me", "7", "prod"})


@pytest.mark.parametrize(
    "written",
    [
        URL,
        ENCODED,
        PASSWORD,
        ENCODED.replace("%40", "@"),
        ENCODED.lower(),
        repr(PASSWORD),
        json.dumps(PASSWORD),
    ],
)
def test_a_databases_password_in_any_form(written: str) -> None:
    struck = striker(in_address(URL))(f"failed: {written}!")
    assert "rd" not in struck.removeprefix("failed: ").replace("sitrep", "").replace("[secret]", "")


@pytest.mark.parametrize(
    ("address", "secrets"),
    [
        ("postgresql+asyncpg://ada:p[ss@h/x", {"p[ss"}),
        ("postgresql+asyncpg://ada:p/ss?word@h/x", {"p/ss?word"}),
        ("postgresql+asyncpg://ada:p@ss@h/x", {"p@ss", "p"}),
        ("postgresql+asyncpg://ada@/x?host=/run", set()),
        ("postgresql+asyncpg://ada:@/x?host=/run&password=word", {"word"}),
        ("https://token@h/x", {"token"}),
        ("https://h/@home:x", set()),
        ("sqlite+aiosqlite:///a/b@c.db", set()),
    ],
)
def test_what_is_a_secret_in_an_address(address: str, secrets: set[str]) -> None:
    found = in_address(address)
    assert secrets <= found
    assert found.isdisjoint({"ada", "h", "x"})
    assert bool(found) == bool(secrets)


def test_what_is_no_secret_stays() -> None:
    strike = striker(secrets_of(BotSettings.read(_env_file=None, database_url=URL)))
    for text in (
        "connected to db.example as sitrep",
        "https://a.example/x?y=1#z",
        "http://127.0.0.1:80/@home",
        "at 12:30 mail a@b.example",
    ):
        assert strike(text) == text


def test_a_password_of_any_address_is_struck_also_a_short_one() -> None:
    strike = striker(())
    assert strike("read https://ada:x@a.example/feed") == "read https://ada:[secret]@a.example/feed"


def test_digits_are_struck_as_a_word_only() -> None:
    strike = striker(["2024"])
    assert strike("2024, 12024") == "[secret], 12024"


@pytest.mark.parametrize(
    ("written", "struck"),
    [
        ("https://a.example/f?token=abc", "https://a.example/f?token=[secret]"),
        ("https://a.example/f?x=1&X-Amz-Signature=a%2Fb&y=2", "&X-Amz-Signature=[secret]&y=2"),
        ("(https://a.example/f?api_key=abc)", "(https://a.example/f?api_key=[secret])"),
        ("https://a.example/f?a=1&amp;sig=abc", "?a=1&amp;sig=[secret]"),
        ("https://a.example/#access_token=abc", "/#access_token=[secret]"),
        ("https://sometoken@a.example/f", "https://[secret]@a.example/f"),
        ("https://ada:p@ss@a.example/f", "https://ada:[secret]@a.example/f"),
    ],
)
def test_what_opens_a_link_is_struck_out_of_it(written: str, struck: str) -> None:
    assert striker(())(f"read {written} now").endswith(f"{struck} now")


def test_what_a_link_says_besides_stays() -> None:
    for text in (
        "https://a.example/?q=tokens&page=2&keyword=x",
        "https://a.example/a@b",
        "a?b;c=d",
    ):
        assert striker(())(text) == text
