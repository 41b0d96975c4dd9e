"""On a slow link large tables take turns, nobody is forgotten, and garbage waits for the end of a frame."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from contextlib import contextmanager

from hypothesis import given
from hypothesis import strategies as st

from console.ui.tidying import WHOLE_EVERY, WHOLE_EVERY_S, YOUNG_EVERY_S, Tidying
from console.ui.turns import BYTES_A_CELL, BYTES_A_FRAME, Turns

NAMES = ("watch", "chart", "signals", "orders", "positions", "log")
CELLS = st.dictionaries(st.sampled_from(NAMES), st.integers(0, 9_000))


def test_a_fast_link_gets_everything_that_changed():
    assert Turns().choose({"log": 90_000, "orders": 90_000, "risk": 0}, (), slow=False) == {"log", "orders"}


SOME = st.sets(st.sampled_from(NAMES), max_size=2)


@given(st.lists(CELLS, max_size=12), SOME, SOME)
def test_a_frame_of_a_slow_link_is_small_or_holds_a_single_table(frames, at_once, focus):
    turns = Turns()
    for cells in frames:
        chosen = turns.choose(cells, at_once, focus, slow=True)
        changed = {name for name, count in cells.items() if count}
        assert changed & at_once <= chosen <= changed
        assert chosen or not changed
        others = chosen - at_once
        assert len(others) <= 1 or sum(cells[name] for name in chosen) * BYTES_A_CELL <= BYTES_A_FRAME


@given(st.lists(st.integers(1, 9_000), min_size=len(NAMES), max_size=len(NAMES)), SOME)
def test_whoever_waits_is_drawn_before_the_others_come_twice(sizes, focus):
    turns, cells = Turns(), dict(zip(NAMES, sizes, strict=True))
    waits = dict.fromkeys(NAMES, 0)
    for _ in range(40):
        chosen = turns.choose(cells, (), focus, slow=True)
        waits = {name: 0 if name in chosen else waits[name] + 1 for name in NAMES}
        assert max(waits.values()) < len(NAMES)


def test_the_pane_in_focus_comes_first_and_a_key_brings_nothing_but_it():
    cells = {"orders": 1_700, "watch": 300, "chart": 300}
    turns = Turns()
    assert turns.choose(cells, (), ("watch", "chart"), slow=True) == {"watch", "chart"}
    # Who has waited is drawn then, alone where it is large.
    assert turns.choose(cells, (), ("watch", "chart"), slow=True) == {"orders"}
    assert turns.choose(cells, (), ("watch", "chart"), slow=True, key=True) == {"watch", "chart"}


class Knot:
    """Dies by a collection alone."""

    def __init__(self):
        self.itself = self


@contextmanager
def tidied() -> Iterator[Tidying]:
    """Collects for itself from second 100 on."""
    tidying = Tidying()
    tidying.begin(100.0)
    try:
        yield tidying
    finally:
        tidying.end()


def left_behind(tidying: Tidying) -> weakref.ref[Knot]:
    """What was in the oldest generation already when it died."""
    knot = Knot()
    tidying.between_frames(101.0)
    tidying.between_frames(102.0)
    return weakref.ref(knot)


def test_garbage_is_collected_between_frames_and_nowhere_else():
    # Whatever a test before it left.
    gc.enable()
    with tidied() as tidying:
        assert not gc.isenabled()
        young = weakref.ref(Knot())
        tidying.between_frames(100.0 + YOUNG_EVERY_S / 2)
        assert young() is not None
        tidying.between_frames(100.0 + YOUNG_EVERY_S)
        assert young() is None
        old = left_behind(tidying)
        tidying.between_frames(104.0)
        assert old() is not None
        tidying.between_frames(100.0 + WHOLE_EVERY_S)
        assert old() is None
    assert gc.isenabled()


def test_much_that_is_new_is_collected_before_its_minute():
    with tidied() as tidying:
        kept = [[] for _ in range(WHOLE_EVERY // 2)]
        old = left_behind(tidying)
        tidying.between_frames(103.0)
        assert old() is not None
        kept += [[] for _ in range(WHOLE_EVERY // 2)]
        tidying.between_frames(103.1)
        assert old() is None
