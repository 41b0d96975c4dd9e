"""Ten rounds of real faults on one trading desk: every kind, four with a kill in the middle of it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.faults.faults import KINDS
from tests.faults.rounds import Round, Rounds

SEED = 11


# Each of the ten awaits what a busy machine does in its own time.
@pytest.mark.timeout(600)
@pytest.mark.skipif(
    shutil.which("cc") is None, reason="no C compiler to build the faults of clock and disk with"
)
def test_no_fault_loses_doubles_or_lets_go_of_anything(desk_home: Path, repository: Path) -> None:
    done: list[Round] = []
    Rounds(desk_home, repository, SEED).run(len(KINDS), done.append)
    told = [f"seed {SEED}, {one.line()}: {wrong}" for one in done for wrong in one.violations]
    assert not told, "\n".join(told)
    assert {one.kind for one in done} == {kind.__name__ for kind in KINDS}
    assert done[-1].fills > done[0].fills
    assert any(one.with_kill for one in done)
