"""The table of the field's troubles names protections and tests that exist and answer for one another."""

from __future__ import annotations

import re
from pathlib import Path

ROW = re.compile(r"^\| (?P<trouble>[^|]+) \| (?P<mutants>[^|]*)\| (?P<tests>[^|]+) \|$", re.M)
CODE = re.compile(r"`([^`]+)`")
ENTRY = re.compile(r"^    (\w+) (?:simulated|tested) \[(.*?)\],$", re.M | re.S)
TROUBLES = 21


def rows(repository: Path) -> list[tuple[str, list[str], list[str]]]:
    """Each trouble with the protections that are taken out and the tests that fail."""
    text = (repository / "ARCHITECTURE.md").read_text(encoding="utf-8")
    table = text.split("What operators have lost money on elsewhere:", 1)[1].strip().split("\n\n")[0]
    parts = (row.group("trouble", "mutants", "tests") for row in ROW.finditer(table))
    found = [(trouble, CODE.findall(mutants), CODE.findall(tests)) for trouble, mutants, tests in parts]
    return found[1:]


def answers(repository: Path) -> dict[str, list[str]]:
    """The tests that answer for each protection: `make test` shows that they fail without it."""
    text = (repository / "rust" / "messages" / "src" / "mutation" / "list.rs").read_text(encoding="utf-8")
    return {name: re.findall(r'"([^"]+)"', tests) for name, tests in ENTRY.findall(text)}


def module(repository: Path, where: list[str]) -> str:
    """The source of a module of Rust, or of the one whose tests it holds."""
    crate, *names = where
    place = (repository / "rust" / crate.replace("_", "-") / "src").joinpath(*names)
    files = [place.with_suffix(".rs"), place / "mod.rs"]
    if names[-1] == "tests":
        tested = place.parent
        files += [tested.with_suffix(".rs"), tested.with_name(f"{tested.name}_tests.rs")]
    found = [file for file in files if file.exists()]
    assert found, f"{'::'.join(where)}: there is no such module"
    return "\n".join(file.read_text(encoding="utf-8") for file in found)


def test_every_trouble_has_its_test_and_every_protection_answers(repository: Path) -> None:
    known = answers(repository)
    table = rows(repository)
    assert len(table) == TROUBLES
    for trouble, mutants, tests in table:
        assert tests, trouble
        for mutant in mutants:
            assert set(known[mutant]) & set(tests), f"{trouble}: none of its tests answers for {mutant}"


def test_every_test_that_is_named_exists(repository: Path) -> None:
    named = [test for _, _, tests in rows(repository) for test in tests]
    named += [test for tests in answers(repository).values() for test in tests]
    for test in named:
        *where, name = test.split("::")
        if where[0].startswith("tests/"):
            assert f"def {name}(" in (repository / where[0]).read_text(encoding="utf-8"), test
        else:
            # Those of the gates are made by a macro, by their names.
            text = module(repository, where)
            assert f"fn {name}()" in text or f"    {name} " in text, test
