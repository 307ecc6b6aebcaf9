"""What each dependency costs on disk, in the environment that runs this.

    python -m benchmarks.weight            prints the table
    python -m benchmarks.weight --write    puts it into docs/reference/weight.md

For the whole picture install with `pip install 'sitrep[all]'`, which also has what the locks leave
out (`requirements.excluded`). Bytecode is not counted: it comes with use.
"""

from __future__ import annotations

import re
import sys
import tomllib
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from typing import TYPE_CHECKING

from benchmarks.places import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_PAGE = ROOT / "docs" / "reference" / "weight.md"
_TABLE = re.compile(r"(?<=<!-- table -->\n).*?(?=<!-- end -->)", re.DOTALL)
_PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
_SHOWN_MB = 3.0


def plain(name: str) -> str:
    """The name as registries compare it, of a requirement too."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=!~ ;(]", name)[0]).lower()


@dataclass(frozen=True, slots=True)
class Installed:
    """A package: its size in MB without bytecode, and what it asks for."""

    mb: float
    asks: frozenset[str]

    @classmethod
    def of(cls, one: Distribution) -> Installed:
        """As its record lists it."""
        paths = [file.locate() for file in one.files or () if file.suffix != ".pyc"]
        size = sum(path.stat().st_size for path in paths if path.is_file())  # type: ignore[attr-defined]
        asks = [line for line in one.requires or () if not re.search(r"\bextra\s*==", line)]
        return cls(size / 1e6, frozenset(plain(line) for line in asks))


def closure(roots: Iterable[str], all_of: Mapping[str, Installed]) -> set[str]:
    """The roots and whatever they bring along."""
    found, waiting = set[str](), list(roots)
    while waiting:
        name = waiting.pop()
        if name in all_of and name not in found:
            found.add(name)
            waiting.extend(all_of[name].asks)
    return found


def total(names: Iterable[str], all_of: Mapping[str, Installed]) -> float:
    return sum(all_of[name].mb for name in names)


def table(all_of: dict[str, Installed]) -> str:
    excluded = re.findall(
        r"^[a-z].*$", (ROOT / "requirements.excluded").read_text(encoding="utf-8"), re.MULTILINE
    )
    direct = {plain(one): "" for one in _PROJECT["dependencies"]}
    for extra, asked in _PROJECT["optional-dependencies"].items():
        direct |= {plain(one): f"extra `{extra}`" for one in asked if plain(one) != "sitrep"}
    lean = {name: Installed(one.mb, one.asks - set(excluded)) for name, one in all_of.items()}
    rows = []
    for name, of in direct.items():
        others = closure(set(direct) - {name}, lean)
        alone = {name} | (closure({name}, lean) - others)
        note = of or ("others need it too" if name in others else "")
        if name in all_of:
            rows.append((total(alone, all_of), name, all_of[name].mb, len(alone), note))
    for name in excluded:
        kept = {other: Installed(one.mb, one.asks - {name}) for other, one in all_of.items()}
        # What only an extra of a dependency asks for is not found by `asks`.
        gone = {name} | (closure(direct, all_of) - closure(direct, kept))
        if name in all_of:
            rows.append((total(gone, all_of), name, all_of[name].mb, len(gone), "not in the locks"))
    for name in closure(direct, lean) - set(direct):
        users = [one for one in direct if name in closure({one}, lean)]
        if len(users) > 1:
            rows.append((all_of[name].mb, name, all_of[name].mb, 1, f"for {', '.join(users[:3])}"))
    rows.sort(reverse=True)
    lines = ["| package | MB | with what it alone brings | packages | |", "|---|--:|--:|--:|---|"]
    lines += [
        f"| {name} | {mb:.0f} | {with_all:.0f} | {count} | {of} |"
        for with_all, name, mb, count, of in rows
        if with_all >= _SHOWN_MB
    ]
    needed = closure([one for one, of in direct.items() if not of], lean)
    lines += ["", f"A plain bot has {len(needed)} packages, {total(needed, all_of):.0f} MB."]
    return "\n".join(lines) + "\n"


def main() -> None:
    found = {plain(one.metadata["Name"]): Installed.of(one) for one in distributions()}
    text = table(found)
    print(text)
    if "--write" in sys.argv[1:]:
        page = _PAGE.read_text(encoding="utf-8")
        _PAGE.write_text(_TABLE.sub(lambda _: text, page), encoding="utf-8")


if __name__ == "__main__":
    main()
