from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from console.core.latch import LATCH_BYTES, latch_file, read_latch, write_latch
from console.core.paths import Home

ENTRY = {"command_id": "c1", "at_us": 1, "operator": "kim", "reason": "drill"}
ENGINE = "execution-engine"


@pytest.fixture
def home(desk_home: Path) -> Home:
    home = Home.resolve(desk_home)
    home.prepare()
    return home


def test_a_written_latch_is_the_size_the_services_expect(home: Home) -> None:
    write_latch(home, ENGINE, ENTRY)
    content = latch_file(home, ENGINE).read_bytes()
    assert len(content) == LATCH_BYTES
    assert content.endswith(b"\n")
    assert json.loads(content) == {"state": "killed", "desk": ENTRY, "symbols": {}}
    assert latch_file(home, ENGINE).stat().st_mode & 0o077 == 0


def test_a_symbols_kill_stands_beside_the_others(home: Home) -> None:
    write_latch(home, ENGINE, ENTRY, "ALFA")
    write_latch(home, ENGINE, ENTRY, "BRVO")
    latch = read_latch(home, ENGINE)
    assert latch is not None
    assert not latch.desk
    assert latch.symbols == ("ALFA", "BRVO")
    write_latch(home, ENGINE, ENTRY)
    latch = read_latch(home, ENGINE)
    assert latch is not None
    assert latch.desk
    assert latch.symbols == ("ALFA", "BRVO")


def test_an_armed_latch_is_killed_in_place(home: Home) -> None:
    path = latch_file(home, ENGINE)
    path.write_bytes(b'{"state":"armed"}'.ljust(LATCH_BYTES - 1) + b"\n")
    before = path.stat().st_ino
    latch = read_latch(home, ENGINE)
    assert latch is not None
    assert not latch.desk
    write_latch(home, ENGINE, ENTRY)
    assert path.stat().st_ino == before
    assert path.stat().st_size == LATCH_BYTES


@pytest.mark.parametrize(
    "content", [b"", b"\0" * 100, b'{"state":"arm', b'{"state":"odd"}', b"[]", b'"armed"']
)
def test_what_cannot_be_read_is_killed(home: Home, content: bytes) -> None:
    latch_file(home, ENGINE).write_bytes(content)
    latch = read_latch(home, ENGINE)
    assert latch is not None
    assert latch.desk


def test_a_damaged_latch_stays_killed_when_a_symbol_is_added(home: Home) -> None:
    latch_file(home, ENGINE).write_bytes(b"garbage")
    write_latch(home, ENGINE, ENTRY, "ALFA")
    latch = read_latch(home, ENGINE)
    assert latch is not None
    assert latch.desk


def test_more_symbols_than_fit_kill_the_desk(home: Home) -> None:
    for number in range(40):
        write_latch(home, ENGINE, {**ENTRY, "reason": "r" * 100}, f"S{number}")
    latch = read_latch(home, ENGINE)
    assert latch is not None
    assert latch.desk
    assert latch_file(home, ENGINE).stat().st_size == LATCH_BYTES


def test_a_service_that_never_ran_has_no_latch(home: Home) -> None:
    assert read_latch(home, ENGINE) is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=200)
@given(
    place=st.integers(0, LATCH_BYTES - 1), patch=st.binary(max_size=60), symbol=st.sampled_from(["", "ALFA"])
)
@example(place=0, patch=b"[" * LATCH_BYTES, symbol="")
def test_whatever_becomes_of_the_file_a_kill_never_reads_as_armed(
    home: Home, place: int, patch: bytes, symbol: str
) -> None:
    latch_file(home, ENGINE).unlink(missing_ok=True)
    write_latch(home, ENGINE, ENTRY, symbol)
    whole = latch_file(home, ENGINE).read_bytes()
    latch_file(home, ENGINE).write_bytes(whole[:place] + patch + whole[place + len(patch) :])
    latch = read_latch(home, ENGINE)
    assert latch is not None
    assert latch.desk or latch.symbols
