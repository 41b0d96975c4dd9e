from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from console.core.breaks import Book, allowed, find_breaks
from console.proto import messages_pb2 as pb


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
    }


def test_a_fill_the_desk_lacks_is_a_break_of_its_own() -> None:
    [found] = find_breaks(book(), None, book(fills=2), [], 1)
    assert (found["id"], found["desk"], found["store"], found["venue"]) == ("fill:X2", None, None, "0.1")


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
