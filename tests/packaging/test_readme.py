"""The README promises nothing that isn't there: its commands, flags, keys, targets and limits."""

from __future__ import annotations

import json
import re
from pathlib import Path

import click
import pytest

from console.cli import cli
from console.core.actions import ACTIONS
from console.core.keymap import shown

INLINE = re.compile(r"`([^`\n]+)`")


@pytest.fixture(scope="module")
def readme(repository: Path) -> str:
    return (repository / "README.md").read_text(encoding="utf-8")


def section(text: str, title: str) -> str:
    """The text under a heading."""
    return text.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def named_commands(readme: str) -> set[str]:
    code = "\n".join(INLINE.findall(readme)) + "\n" + "\n".join(re.findall(r"^    (.*)$", readme, re.M))
    return set(re.findall(r"\bquarterdeck ([a-z]+)\b", code))


def test_every_command_exists_and_every_command_is_named(readme: str) -> None:
    context = click.Context(cli)
    known = set(cli.list_commands(context))
    assert named_commands(readme) - known == set()
    table = section(readme, "Commands")
    words = {word for code in INLINE.findall(table) for word in re.findall(r"[a-z]+", code)}
    assert known - words == set()


def test_every_flag_exists(readme: str) -> None:
    context = click.Context(cli)
    commands = [cli.get_command(context, name) for name in cli.list_commands(context)]
    flags = {
        option
        for command in [cli, *commands]
        if command is not None
        for parameter in command.params
        for option in (*parameter.opts, *parameter.secondary_opts)
    }
    usage = (
        section(readme, "First minutes") + section(readme, "Commands") + section(readme, "Troubleshooting")
    )
    named = {flag for code in INLINE.findall(usage) for flag in re.findall(r"(?<!\S)--[a-z-]+", code)}
    assert named - flags - {"--help"} == set()


def test_the_keys_are_those_of_the_registry(readme: str) -> None:
    table = section(readme, "Keys")
    named = {key for row in re.findall(r"^\| (.+?) \|", table, re.M) for key in INLINE.findall(row)}
    wanted = {shown(key) for action in ACTIONS for key in action.keys}
    digits = {str(number) for number in range(2, 6)}
    assert named == wanted - digits


def test_the_make_targets_exist(readme: str, repository: Path) -> None:
    makefile = (repository / "Makefile").read_text(encoding="utf-8")
    targets = set(re.search(r"^\.PHONY: (.*)$", makefile, re.M).group(1).split())  # type: ignore[union-attr]
    code = INLINE.findall(readme) + re.findall(r"^    (.*)$", readme, re.M)
    named = {name for line in code for name in re.findall(r"\bmake ([a-z-]+)", line)}
    assert named - targets == set()
    assert {"run", "test"} <= named


def test_the_limits_are_those_that_ship(readme: str, repository: Path) -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| .* \| ([\d,.]+) \|$", section(readme, "Configuration and limits"), re.M
    )
    shipped = json.loads((repository / "config" / "system.json").read_text(encoding="utf-8"))
    assert {name: float(value.replace(",", "")) for name, value in rows} == shipped["risk"]["limits"]


def test_the_examples_are_python_whose_imports_work(readme: str) -> None:
    examples = re.findall(r"^```python\n(.*?)^```", readme, re.M | re.S)
    assert len(examples) == 2
    for example in examples:
        compile(example, "README.md", "exec")
        imports = [line for line in example.splitlines() if line.startswith(("import ", "from "))]
        exec("\n".join(imports), {})


def test_linked_files_exist(readme: str, repository: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", readme):
        assert (repository / target).exists(), target
