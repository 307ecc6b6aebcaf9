"""Compiles the catalogues of other languages while the wheel is built.

A checkout (`pip install -e .`) is left alone: it compiles them when they are first needed.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CatalogueHook(BuildHookInterface[Any]):
    """Puts a `.mo` in the place of each `.po`, which `pyproject.toml` leaves out."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Before files are collected."""
        self._folder = Path(mkdtemp())
        if version == "editable":
            return
        root = Path(self.root)
        for text in sorted((root / "bot").rglob("*.po")):
            place = text.relative_to(root).with_suffix(".mo")
            compiled = self._folder / place
            compiled.parent.mkdir(parents=True)
            with text.open("rb") as file, compiled.open("wb") as binary:
                write_mo(binary, read_po(file, locale=text.parts[-3], abort_invalid=True))
            build_data["force_include"][str(compiled)] = str(place)

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        """Behind the build."""
        shutil.rmtree(self._folder)
