from __future__ import annotations

import importlib

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from console.core.breaks import Book, allowed, find_breaks, listed_breaks
from console.core.controller import CommandAnswer
from console.proto import messages_pb2 as pb

# By name: the package's attributes of these names may be the commands themselves.
breaks_command = importlib.import_module("console.cli.breaks")
fills_command = importlib.import_module("console.cli.fills")


def book(position: float = 3.0, *, fills: int = 1, filled: float = 0.0) -> Book:
    return Book.of(
        [
            pb.Order(
                client_order_id="q1",
                symbol="ALFA",
                quantity=2,
                filled_quantity=filled,
                status=pb.Order.SUBMITTED,
            ),
            pb.Order(client_order_id="q0", symbol="ALFA", quantity=1, status=pb.Order.FILLED),
        ],
        [pb.Fill(execution_id=f"X{n}", symbol="ALFA", quantity=0.1) for n in range(1, fills + 1)],
        [pb.Position(symbol="ALFA", quantity=position), pb.Position(symbol="BRVO", quantity=0)],
    )


def test_equal_books_have_no_break() -> None:
    assert find_breaks(book(), book(), book(), [], 1) == []


def test_a_quantity_that_differs_is_shown_on_every_side() -> None:
    [found] = find_breaks(book(), book(), book(2.5), [], 1_000_000)
    assert found == {
        "id": "position:ALFA",
        "symbol": "ALFA",
        "kind": "position",
        "desk": "3",
        "store": "3",
        "venue": "2.5",
        "since": "1970-01-01T00:00:01.000000Z",
        "state": "seen",
        "allowed": "all",
        "actions": [],
        "detail": "position ALFA: the desk 3, the venue 2.5, the database 3",
        "decided_by": "",
        "reason": "",
    }


def test_a_fill_the_desk_lacks_is_a_break_of_its_own() -> None:
    [found] = find_breaks(book(), None, book(fills=2), [], 1)
    assert (found["id"], found["desk"], found["store"], found["venue"]) == ("fill:X2", None, None, "0.1")


@pytest.mark.parametrize(("engine_lacks", "expected"), [((1, 2), []), ((1, 2, 4), ["fill:X4"])])
def test_fills_older_than_the_engine_keeps_are_no_breaks(
    monkeypatch: pytest.MonkeyPatch, engine_lacks: tuple[int, ...], expected: list[str]
) -> None:
    fills = [pb.Fill(execution_id=f"X{n}", symbol="A", quantity=1, venue_sequence=n) for n in range(1, 6)]
    newest = [fill for fill in fills if fill.venue_sequence not in engine_lacks]
    complete = Book.of([], fills, [])
    monkeypatch.setattr(breaks_command, "FILLS_KEPT", 2)
    monkeypatch.setattr(breaks_command, "ask_venue", lambda _question: complete)
    monkeypatch.setattr(breaks_command, "snapshot", lambda *_, **__: pb.Snapshot(fills=newest))
    monkeypatch.setattr(breaks_command, "store_book", lambda: complete)
    monkeypatch.setattr(breaks_command, "ask", lambda *_: pb.Pong())
    assert [row["id"] for row in breaks_command.compare()[0]] == expected
    # An engine that holds fewer than it could keep has all it knows: what it lacks is missing.
    monkeypatch.setattr(breaks_command, "FILLS_KEPT", 10)
    assert {"fill:X1", "fill:X2"} <= {row["id"] for row in breaks_command.compare()[0]}


def test_fills_the_engine_no_longer_holds_are_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    held = [pb.Fill(execution_id=f"X{n}", symbol="A", venue_sequence=n) for n in (8, 9)]
    monkeypatch.setattr(fills_command, "FILLS_KEPT", 2)
    monkeypatch.setattr(fills_command, "snapshot", lambda *_, **__: pb.Snapshot(fills=held))
    runner = CliRunner()
    done = runner.invoke(fills_command.fills, ["--json"])
    assert done.exit_code == 0
    assert "older ones are not shown" in done.stderr
    assert runner.invoke(fills_command.fills, ["--json", "--limit", "2"]).stderr == ""


def test_an_order_is_compared_by_what_is_still_open() -> None:
    [found] = find_breaks(book(filled=0.5), None, book(), [], 1)
    assert (found["kind"], found["desk"], found["venue"]) == ("order", "1.5", "2")


def test_the_gate_tells_since_when_and_what_is_left_allowed() -> None:
    gate = pb.Gate(kind=pb.Gate.RECONCILIATION_BREAK, symbol="ALFA", since_us=5_000_000)
    [found] = find_breaks(book(), None, book(1.0), [gate], 9_000_000)
    assert (found["state"], found["since"]) == ("open", "1970-01-01T00:00:05.000000Z")
    assert found["allowed"] == "reductions"


def test_a_kill_leaves_cancels_alone() -> None:
    gates = [pb.Gate(kind=pb.Gate.KILL_LATCH), pb.Gate(kind=pb.Gate.VENUE_LOST, symbol="ALFA")]
    assert allowed(gates, "ALFA") == "cancels"
    assert allowed(gates[1:], "BRVO") == "all"


@given(st.integers(min_value=1, max_value=10**15))
def test_the_wires_doubles_are_read_to_the_last_of_nine_decimals(nanos: int) -> None:
    side = Book.of([], [pb.Fill(execution_id="X1", symbol="A", quantity=nanos / 1e9)], [])
    assert int(side.fills[("A", "X1")].scaleb(9)) == nanos


def test_sells_count_below_nought() -> None:
    order = pb.Order(
        client_order_id="q1", symbol="A", side=pb.Order.SELL, quantity=3, status=pb.Order.SUBMITTED
    )
    fill = pb.Fill(execution_id="X1", symbol="A", side=pb.Order.SELL, quantity=2)
    side = Book.of([order], [fill], [])
    assert [int(side.orders[("A", "q1")]), int(side.fills[("A", "X1")])] == [-3, -2]


def test_an_adopted_difference_is_no_new_one() -> None:
    fills = [
        pb.Fill(execution_id="X1", symbol="A", quantity=2, venue_sequence=1),
        pb.Fill(execution_id="reverse:c-1:X1", symbol="A", side=pb.Order.SELL, quantity=2),
        pb.Fill(execution_id="adjust:c-2:A", symbol="A", quantity=5),
    ]
    assert find_breaks(Book.of([], fills, []), Book.of([], fills, []), Book.of([], [], []), [], 1) == []


def test_the_engines_breaks_are_joined_with_what_the_database_says() -> None:
    found = pb.Break(
        id="position:ALFA",
        symbol="ALFA",
        kind=pb.Break.POSITION,
        desk=3,
        venue=5.5,
        since_us=1_000_000,
        state=pb.Break.IGNORED,
        detail="the desk holds 3 ALFA, the venue 5.5",
        actions=[pb.Break.ADOPT, pb.Break.FLATTEN],
        decided_by="ann@desk1",
        reason="mended tomorrow",
    )
    [row] = listed_breaks([found], book(), [])
    assert row == {
        "id": "position:ALFA",
        "symbol": "ALFA",
        "kind": "position",
        "desk": "3",
        "store": "3",
        "venue": "5.5",
        "since": "1970-01-01T00:00:01.000000Z",
        "state": "ignored",
        "allowed": "all",
        "actions": ["adopt", "flatten"],
        "detail": "the desk holds 3 ALFA, the venue 5.5",
        "decided_by": "ann@desk1",
        "reason": "mended tomorrow",
    }
    [away] = listed_breaks([found], None, [])
    assert away["store"] is None


def test_a_decision_names_break_action_and_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[tuple[str, pb.Break.Action, str]] = []

    class Controller:
        def __enter__(self) -> Controller:
            return self

        def __exit__(self, *_: object) -> None: ...

        def resolve_break(self, break_id: str, action: pb.Break.Action, *, reason: str) -> CommandAnswer:
            given.append((break_id, action, reason))
            return CommandAnswer(pb.StrategyCommand(), ())

    monkeypatch.setattr(breaks_command, "StrategyController", Controller)
    runner = CliRunner()
    for name in ("adopt", "flatten", "ignore"):
        assert runner.invoke(breaks_command.breaks, [name, "fill:X1", "--reason", "why"]).exit_code == 0
        assert runner.invoke(breaks_command.breaks, [name, "fill:X1"]).exit_code == 2
    assert given == [
        ("fill:X1", pb.Break.ADOPT, "why"),
        ("fill:X1", pb.Break.FLATTEN, "why"),
        ("fill:X1", pb.Break.IGNORE, "why"),
    ]
