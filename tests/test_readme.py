from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_command_that_the_readme_names_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"make ([a-z]+)", README)) - {"demo"} <= targets
    cli = (ROOT / "bot" / "cli" / "commands.py").read_text(encoding="utf-8")
    commands = set(re.findall(r"@app\.command\(\)\ndef ([a-z]+)", cli))
    commands |= set(re.findall(r"@app\.command\(name=\"([a-z-]+)\"\)", cli))
    commands |= set(re.findall(r"app\.add_typer\(\w+, name=\"([a-z]+)\"\)", cli))
    assert set(re.findall(r"\bsitrep ([a-z]+(?:-[a-z]+)*)", README)) == commands


def test_the_example_in_the_readme_is_the_one_that_is_tested() -> None:
    [example] = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    ast.parse(example)
    assert example.strip() == (Path(__file__).parent / "readme_example.py").read_text().strip()
