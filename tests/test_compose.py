"""The files for containers, as far as they can be checked without running them."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.ops.health import watched
from bot.ops.metrics import Metrics
from bot.settings import BotSettings

ROOT = Path(__file__).parents[1]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["bot", "chroma", "postgres"])
def test_every_service_is_without_root_rights_and_its_root_is_read_only(name: str) -> None:
    service = COMPOSE["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["user"] not in {"root", "0", "0:0"}
    assert "privileged" not in service
    assert "ports" not in service
    assert "/tmp" in service["tmpfs"]  # noqa: S108  in a container


def test_what_services_write_to_is_declared_and_what_they_wait_for_has_a_check() -> None:
    services = COMPOSE["services"]
    for service in services.values():
        for volume in service["volumes"]:
            assert volume.partition(":")[0] in COMPOSE["volumes"]
        assert set(service["networks"]) <= set(COMPOSE["networks"])
        for awaited in service.get("depends_on", {}):
            assert services[awaited]["healthcheck"]["test"][0] == "CMD"
    assert services["postgres"]["networks"] == services["chroma"]["networks"] == ["inside"]
    assert COMPOSE["networks"]["inside"] == {"internal": True}


def test_the_bots_variables_are_settings_that_the_program_accepts() -> None:
    given = COMPOSE["services"]["bot"]["environment"]
    values = {
        name.lower(): re.sub(r"\$\{\w+:\?[^}]*\}", "secret", value) for name, value in given.items()
    }
    assert set(values) <= set(BotSettings.model_fields)
    settings = BotSettings.read(_env_file=None, **values)
    assert settings.sql_url == "postgresql+asyncpg://sitrep:secret@postgres/sitrep"


def test_the_image_runs_as_somebody_without_rights_and_installs_only_what_the_lock_names() -> None:
    last = DOCKERFILE.split("\nFROM ")[-1]
    assert re.search(r"^USER 10001:10001$", last, re.MULTILINE)
    installs = re.findall(r"pip install (.*)", DOCKERFILE)
    assert installs
    assert all("--require-hashes" in one or "--no-deps" in one for one in installs)
    copied = re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE)
    for name in " ".join(copied).split():
        assert (ROOT / name).exists(), name
        assert f"!{name}\n" in (ROOT / ".dockerignore").read_text(encoding="utf-8")


def test_base_images_are_named_by_digest() -> None:
    # a tag as people read it, and the digest that decides
    named = r"[a-z]+:[\w.-]+@sha256:[0-9a-f]{64}"
    arguments = dict(re.findall(r"^ARG (\w+)=(\S+)$", DOCKERFILE, re.MULTILINE))
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert len(bases) == 2
    for base in bases:
        image = arguments[base.removeprefix("$")] if base.startswith("$") else base
        assert re.fullmatch(named, image), base
    for service in COMPOSE["services"].values():
        image = re.sub(r"^\$\{\w+:-(.*)\}$", r"\1", service["image"])
        assert "build" in service or re.fullmatch(named, image), image


async def test_a_bot_that_lives_is_seen_to_be_healthy_and_one_that_does_not_is_not() -> None:
    bot = COMPOSE["services"]["bot"]
    _, _, *words = bot["healthcheck"]["test"]

    async def nothing() -> None:
        return

    async def asked(port: int) -> int:
        address = {**os.environ, "METRICS_LISTEN": f"0.0.0.0:{port}"}
        process = await asyncio.create_subprocess_exec(
            sys.executable, *words, env=address, stderr=asyncio.subprocess.DEVNULL
        )
        return await process.wait()

    assert bot["environment"]["METRICS_LISTEN"].endswith(":-127.0.0.1:9100}")
    async with watched("127.0.0.1:0", Metrics(), nothing) as port:
        assert port is not None
        assert await asked(port) == 0
    assert await asked(port) == 1


def test_the_image_has_the_driver_that_its_database_needs() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert re.search(r"^asyncpg==", lock, re.MULTILINE)
