"""A row that is kept from frame to frame never shows what is no longer so."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from console.core.records import LimitRow, gate_row
from console.ui.panes import all_panes
from tests.unit.core.wire import SECOND, gate
from tests.unit.ui.frames import NOW, frame

FIRST = frame()
KEEPING = ("market", "positions")


@st.composite
def frames(draw):
    """The same records at other times, with other gates, limits, instruments and another staleness."""
    gates = tuple(
        gate_row(gate(symbol=symbol)) for symbol in draw(st.sets(st.sampled_from(["", "ALFA", "BRVO"])))
    )
    most = draw(st.sampled_from([None, 0.0, 1_000.0, 1_250.0, 5_000.0]))
    limits = () if most is None else (LimitRow("max_position_size", most, 0.0, "units", ""),)
    risk = replace(FIRST.desk.risk, limits=limits) if draw(st.booleans()) else None
    decimals = draw(st.sampled_from([0, 2, 4]))
    return replace(
        FIRST,
        now_us=NOW + draw(st.integers(0, 200 * SECOND)),
        stale_after_s=draw(st.sampled_from([0.5, 15.0, 60.0])),
        watch=tuple(replace(row, decimals=decimals) for row in FIRST.watch),
        desk=replace(FIRST.desk, gates=gates, risk=risk),
    )


@settings(deadline=None, max_examples=80)
@given(st.lists(frames(), min_size=2, max_size=6))
def test_a_kept_row_is_the_row(shown):
    panes = all_panes()
    for each in shown:
        for name in KEEPING:
            pane = panes[name]
            for record in pane.records(FIRST):
                assert pane.row_of(record, each) == pane.row(record, each)


def test_these_panes_keep_rows_and_no_other_does():
    panes = all_panes()
    keeping = {
        name
        for name, pane in panes.items()
        for record in list(pane.records(FIRST))[:1]
        if pane.rests_on(record, FIRST) is not None
    }
    assert keeping == set(KEEPING)
    for name in KEEPING:
        record = panes[name].records(FIRST)[0]
        assert panes[name].row_of(record, FIRST) is panes[name].row_of(record, replace(FIRST))
