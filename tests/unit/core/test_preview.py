"""What a command says before it is sent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from console.core.commands import Intent, Kind
from console.core.differences import break_row
from console.core.preview import BY_LAST_WORD, preview
from console.proto import messages_pb2 as pb
from tests.unit.ui.frames import frame


@pytest.mark.parametrize(("symbol", "where"), [("", "the whole desk"), ("ALFA", "ALFA")])
def test_a_rearm_names_its_scope_and_what_it_leaves(symbol: str, where: str) -> None:
    told = preview(Intent(Kind.REARM, symbol, reason="checked"), frame())
    assert f"the kill of {where}" in told.touches
    assert f"leaves {where} paused" in told.touches
    assert "only after resume" in told.leaves


@pytest.mark.parametrize(
    ("name", "kind", "action", "does"),
    [
        ("store:order:ALFA", "ORDER", "adopt", "The journal's word is written to the database again"),
        ("missing", "ORDER", "adopt", "The order ends at the desk too"),
        ("b1", "ORDER", "adopt", "The desk takes the order over as the venue has it"),
        ("b1", "ORDER", "flatten", "The order is cancelled at the venue"),
        ("b1", "FILL", "flatten", "The whole position is closed at the market"),
        ("b1", "POSITION", "adopt", "The difference is booked at the mid of now"),
        ("b1", "POSITION", "flatten", "The difference is booked, and an order at the market closes it"),
        ("b1", "POSITION", "ignore", "The gate opens, and the worse of both counts as exposure"),
    ],
)
def test_a_decision_on_a_break_is_told_as_the_engine_will_carry_it_out(
    name: str, kind: str, action: str, does: str
) -> None:
    found = pb.Break(id=name, symbol="ALFA", kind=pb.Break.Kind.Value(kind), detail="they say otherwise")
    if name != "missing":
        found.venue = 2.0
    shown = replace(frame(), desk=replace(frame().desk, breaks=(break_row(found),)))
    told = preview(Intent(Kind.BREAK, break_id=name, action=action, reason="seen"), shown)
    assert told.touches.startswith(does)
    assert told.touches.endswith(": they say otherwise.")


@pytest.mark.parametrize("service", ["execution-engine", "paper-venue"])
def test_what_is_counted_by_the_last_word_of_a_silent_service_is_told_as_that(service: str) -> None:
    shown = frame()
    services = tuple(replace(row, age_s=60.0) if row.name == service else row for row in shown.desk.services)
    silent = replace(shown, desk=replace(shown.desk, services=services))
    for intent in (Intent(Kind.KILL), Intent(Kind.CANCEL, "ALFA"), Intent(Kind.FLATTEN, "ALFA")):
        assert preview(intent, silent).leaves.endswith(BY_LAST_WORD)
        assert BY_LAST_WORD not in preview(intent, shown).leaves
