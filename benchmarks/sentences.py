"""Sentences: where ours ends them, and where other splitters do, on our own cases by language.

`python -m benchmarks.sentences` measures ours; with the others, it writes
benchmarks/results/sentences.md. They (sentencex, yasbd-lib, blingfire) are no dependencies: with
`--python PATH`, an interpreter of an environment that has them, they are asked in a process of
their own. We wrote the cases and made our rules on them: a floor for the others, no score for ours.
"""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from collections import defaultdict
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

from rich.console import Console

from benchmarks.places import RESULTS, ROOT
from retrieval.text.sentences import split_sentences

CASES = ROOT / "tests" / "retrieval" / "splitting" / "cases.txt"
_LANGUAGES = {
    "English": "en", "Ukrainian": "uk", "Russian": "ru", "German": "de", "French": "fr",
    "Spanish": "es", "Polish": "pl", "Turkish": "tr", "Arabic": "ar", "Hebrew": "he",
    "Chinese": "zh", "Japanese": "ja", "Hindi": "hi", "Korean": "ko",
}  # fmt: skip
_INTRODUCTION = (
    "Written by `python -m benchmarks.sentences --python PATH` on {now:%d %B %Y}, Python {python}: "
    "cases of `tests/retrieval/splitting/cases.txt` that are split wholly as expected. The cases "
    "are ours and our rules were made on them: a floor for the others, no score for ours."
)
_OTHERS = ("sentencex", "yasbd-lib", "blingfire")
# Asked by the other interpreter, which knows nothing of this repository: cases in, sentences out.
_ASKED = """
import json, sys, time
cases = json.load(sys.stdin)
def sentencex():
    import sentencex
    return lambda language, text: list(sentencex.segment(language, text))
def yasbd():
    import yasbd
    made = {}
    def split(language, text):
        if language not in made:
            try:
                made[language] = yasbd.BoundaryDetector(language)
            except yasbd.UnsupportedLanguageError:
                made[language] = yasbd.BoundaryDetector("en")
        return [str(one) for one in made[language].segment(text)]
    return split
def blingfire():
    import blingfire
    return lambda language, text: blingfire.text_to_sentences(text).split("\\n")
found = {}
for name, make in (("sentencex", sentencex), ("yasbd-lib", yasbd), ("blingfire", blingfire)):
    try:
        split = make()
        split("en", "Once. To load what is loaded late.")
    except Exception as error:
        found[name] = {"error": f"{type(error).__name__}: {error}"}
        continue
    start = time.perf_counter()
    found[name] = {"sentences": [split(language, text) for language, text in cases]}
    found[name]["seconds"] = time.perf_counter() - start
json.dump(found, sys.stdout)
"""


def main() -> None:
    """Measure, print, write."""
    console = Console()
    cases = list(_cases())
    start = perf_counter()
    ours = [[span.of(text) for span in split_sentences(text)] for _, text, _ in cases]
    results = {"ours": (ours, perf_counter() - start)}
    missing: dict[str, str] = {}
    if "--python" in sys.argv:
        python = sys.argv[sys.argv.index("--python") + 1]
        for name, answer in _asked(python, cases).items():
            if "error" in answer:
                missing[name] = str(answer["error"])
            else:
                results[name] = (answer["sentences"], answer["seconds"])
    else:
        missing = dict.fromkeys(_OTHERS, "not asked; see --python")
    text = _report(cases, results, missing)
    console.print(text, soft_wrap=True, markup=False)
    if not missing:
        (RESULTS / "sentences.md").write_text(text + "\n", encoding="utf-8")


def _cases() -> list[tuple[str, str, list[str]]]:
    """Language, text and expected sentences of each case that is of one known language."""
    found: list[tuple[str, str, list[str]]] = []
    language = ""
    for line in CASES.read_text(encoding="utf-8").splitlines():
        if line.startswith("# -- "):
            language = _LANGUAGES.get(line[5:].split(":")[0].split(",")[0], "")
        elif line and not line.startswith("#") and language:
            expected = [one.strip() for one in line.split("‖")]
            found.append((language, line.replace("‖", ""), expected))
    return found


def _asked(python: str, cases: list[tuple[str, str, list[str]]]) -> dict[str, dict[str, Any]]:
    asked = json.dumps([(language, text) for language, text, _ in cases])
    done = subprocess.run(  # noqa: S603  the interpreter that was named
        [python, "-c", _ASKED], input=asked, capture_output=True, text=True, check=True
    )
    answers: dict[str, dict[str, Any]] = json.loads(done.stdout)
    return answers


def _report(
    cases: list[tuple[str, str, list[str]]],
    results: dict[str, tuple[list[list[str]], float]],
    missing: dict[str, str],
) -> str:
    right = {name: defaultdict[str, int](int) for name in results}
    number = defaultdict[str, int](int)
    for place, (language, _, expected) in enumerate(cases):
        number[language] += 1
        for name, (found, _) in results.items():
            right[name][language] += [
                one.strip() for one in found[place] if one.strip()
            ] == expected
    names = list(results)
    lines = [
        "# Sentences",
        "",
        _INTRODUCTION.format(now=datetime.now(UTC), python=platform.python_version()),
        "",
        f"| language | cases | {' | '.join(names)} |",
        f"|---|--:|{'--:|' * len(names)}",
    ]
    for language, count in number.items():
        row = " | ".join(str(right[name][language]) for name in names)
        lines.append(f"| {language} | {count} | {row} |")
    total = " | ".join(f"**{sum(right[name].values())}**" for name in names)
    lines.append(f"| all | {sum(number.values())} | {total} |")
    pace = (f"{1e6 * results[name][1] / len(cases):,.0f}" for name in names)
    lines.append(f"| µs a case | | {' | '.join(pace)} |")
    lines += ["", *(f"{name}: {why}" for name, why in missing.items())]
    return "\n".join(lines).rstrip()


if __name__ == "__main__":
    main()
