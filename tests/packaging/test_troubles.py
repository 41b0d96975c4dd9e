"""The table of the field's troubles names protections and tests that exist and answer for one another."""

from __future__ import annotations

import re
from pathlib import Path

# The trouble, the protections, the tests that fail without them, and what else holds it.
ROW = re.compile(r"^\| ([^|]+) \| ([^|]*)\| ([^|]*)\| ([^|]*)\|$", re.M)
CODE = re.compile(r"`([^`]+)`")
ENTRY = re.compile(r"^    (\w+) (?:simulated|tested) \[(.*?)\],$", re.M | re.S)
# A test's name, behind its attributes; a property's has arguments.
RUST_TEST = re.compile(r"^ *#\[test\]\n(?: *#\[.*\]\n)* *fn (\w+)\(", re.M)
GATES = re.compile(r"^every_kind! \{\n(.*?)^\}", re.M | re.S)
TROUBLES = 21


def rows(repository: Path) -> list[tuple[str, list[str], list[str], list[str]]]:
    """Each trouble with the protections that are taken out, the tests that fail, and other tests of it."""
    text = (repository / "ARCHITECTURE.md").read_text(encoding="utf-8")
    table = text.split("What operators have lost money on elsewhere:", 1)[1].strip().split("\n\n")[0]
    found = [
        (row[1], CODE.findall(row[2]), CODE.findall(row[3]), CODE.findall(row[4]))
        for row in ROW.finditer(table)
    ]
    return found[1:]


def answers(repository: Path) -> dict[str, list[str]]:
    """The tests that answer for each protection: `make test` shows that they fail without it."""
    text = (repository / "rust" / "messages" / "src" / "mutation" / "list.rs").read_text(encoding="utf-8")
    return {name: re.findall(r'"([^"]+)"', tests) for name, tests in ENTRY.findall(text)}


def test_every_trouble_has_its_test_and_every_protection_answers(repository: Path) -> None:
    known = answers(repository)
    table = rows(repository)
    assert len(table) == TROUBLES
    for trouble, mutants, fails, also in table:
        assert fails or also, trouble
        for mutant in mutants:
            assert set(known[mutant]) & set(fails), f"{trouble}: none of its tests answers for {mutant}"
        answering = {test for mutant in mutants for test in known[mutant]}
        assert set(fails) <= answering, f"{trouble}: not all of what fails there fails by it"


def source_of(repository: Path, crate: str, *modules: str) -> str:
    """The file of a Rust module; its tests may be in a file of their own, beside it or at its end."""
    module = (repository / "rust" / crate.replace("_", "-") / "src").joinpath(*modules)
    above = module.parent
    places = [module.with_suffix(".rs")]
    if module.name == "tests":
        places += [above.with_name(f"{above.name}_tests.rs"), above.with_suffix(".rs")]
    return next(place for place in places if place.is_file()).read_text(encoding="utf-8")


def rust_tests(source: str) -> set[str]:
    """The Rust tests in `source`; those of the gates are made by a macro, by their names."""
    made = {name for block in GATES.findall(source) for name in re.findall(r"^ +(\w+) \w+,$", block, re.M)}
    return made | set(RUST_TEST.findall(source))


def test_every_test_that_is_named_exists_where_it_is_said_to_be(repository: Path) -> None:
    named = [test for _, _, fails, also in rows(repository) for test in (*fails, *also)]
    named += [test for tests in answers(repository).values() for test in tests]
    assert len(named) > 100
    for test in named:
        *where, name = test.split("::")
        if where[0].startswith("tests/"):
            python = (repository / where[0]).read_text(encoding="utf-8")
            assert re.search(rf"^(async )?def {name}\(", python, re.M), test
        else:
            assert name in rust_tests(source_of(repository, *where)), test


def test_a_call_a_field_or_a_comment_is_no_test() -> None:
    source = """
        let x = looked_at();
        looked_at (1);
        // fn looked_at()
        fn looked_at() {}
        looked_at Kind,
        #[test]
        #[expect(clippy::unwrap_used, reason = "a test")]
        fn is_one() {}
    """
    assert rust_tests(source) == {"is_one"}
    assert rust_tests("every_kind! {\n    this_too Kind,\n}\n") == {"this_too"}
