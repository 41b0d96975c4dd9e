"""OrderFlowTracker: partial fills, ratios, slippage signed by side, and a CSV at any moment."""

from __future__ import annotations

import csv
import threading

import pytest
import zmq
from hypothesis import given
from hypothesis import strategies as st

from console.core.atomic import write_csv
from console.core.tracker import COLUMNS, OrderFlowTracker
from console.proto import messages_pb2 as pb
from tests.unit.core.wire import SECOND, T0, execution, fill, order


def test_partial_fills_keep_their_times_and_average():
    tracker = OrderFlowTracker()
    tracker.observe(execution(order=order(quantity=30, decision_price=100.0)))
    tracker.observe(execution(fill=fill("X1", quantity=10, price=101.0, at=T0 + SECOND)))
    tracker.observe(
        execution(
            order=order(
                status="PARTIALLY_FILLED", quantity=30, filled=10, avg_fill_price=101.0, at=T0 + SECOND
            )
        )
    )
    tracker.observe(execution(fill=fill("X2", quantity=20, price=102.5, at=T0 + 2 * SECOND)))
    tracker.observe(
        execution(
            order=order(status="FILLED", quantity=30, filled=30, avg_fill_price=102.0, at=T0 + 2 * SECOND)
        )
    )
    (history,) = tracker.history()
    assert [event.what for event in history.events] == [
        "SUBMITTED",
        "FILL",
        "PARTIALLY_FILLED",
        "FILL",
        "FILLED",
    ]
    assert [event.time_us for event in history.fills] == [T0 + SECOND, T0 + 2 * SECOND]
    assert history.average_price == pytest.approx(102.0)
    assert history.fill_ratio == 1.0
    assert history.slippage == pytest.approx(2.0)
    assert history.slippage_bps == pytest.approx(200.0)


def test_slippage_of_a_sell_has_the_other_sign():
    tracker = OrderFlowTracker()
    tracker.observe_order(order(side="SELL", quantity=10, decision_price=100.0))
    tracker.observe_fill(fill(side="SELL", quantity=10, price=101.0))
    assert tracker.history()[0].slippage == pytest.approx(-1.0)
    assert tracker.statistics().slippage_cost == pytest.approx(-10.0)


def test_ratios():
    tracker = OrderFlowTracker()
    tracker.observe_order(
        order("a", "FILLED", quantity=100, filled=100, avg_fill_price=10, decision_price=10)
    )
    tracker.observe_order(
        order("b", "CANCELLED", quantity=100, filled=50, avg_fill_price=10, decision_price=10)
    )
    tracker.observe_order(order("c", "REJECTED", quantity=100))
    tracker.observe_order(order("d", "SUBMITTED", quantity=100))
    tracker.observe_denial(pb.RiskDecision(outcome=pb.RiskDecision.DENIED))
    figures = tracker.statistics()
    assert figures.fill_ratio == pytest.approx(0.75)
    assert figures.reject_ratio == pytest.approx(0.25)
    assert (figures.orders, figures.working, figures.filled, figures.cancelled) == (4, 1, 1, 1)
    assert (figures.rejected, figures.denied, figures.partially_filled) == (1, 1, 1)


def test_nothing_known_gives_no_ratio():
    figures = OrderFlowTracker().statistics()
    assert (figures.fill_ratio, figures.reject_ratio, figures.slippage_bps) == (None, None, None)


@given(st.lists(st.sampled_from(range(6)), max_size=40))
def test_events_seen_twice_or_again_change_nothing(places):
    events = [
        execution(order=order(quantity=30)),
        execution(fill=fill("X1", quantity=10)),
        execution(order=order(status="PARTIALLY_FILLED", quantity=30, filled=10, avg_fill_price=100)),
        execution(fill=fill("X2", quantity=20)),
        execution(order=order(status="FILLED", quantity=30, filled=30, avg_fill_price=100)),
        execution(position=pb.Position(symbol="ALFA")),
    ]
    once, again = OrderFlowTracker(), OrderFlowTracker()
    for place in places:
        once.observe(events[place])
        again.observe(events[place])
        if events[place].WhichOneof("event") != "order":
            again.observe(events[place])
    assert once.history() == again.history()
    for history in once.history():
        assert history.filled <= 30


def test_the_csv_has_a_row_per_event_and_appears_whole(tmp_path):
    tracker = OrderFlowTracker()
    empty = tracker.save_history(tmp_path / "deep" / "empty.csv")
    assert empty.read_text().strip() == ",".join(COLUMNS)
    tracker.observe_order(order(quantity=30, decision_price=100.0, price=100.25))
    tracker.observe_fill(fill("X1", quantity=0.5, price=100.123456789))
    path = tracker.save_history(tmp_path / "orders.csv")
    with path.open() as file:
        rows = list(csv.DictReader(file))
    assert [row["event"] for row in rows] == ["SUBMITTED", "FILL"]
    assert rows[1]["fill_price"] == "100.123456789"
    assert rows[1]["fill_quantity"] == "0.5"
    assert rows[0]["event_time_utc"] == "2023-11-14T22:13:20.000000+00:00"
    assert rows[0]["limit_price"] == "100.25"
    assert {path.name for path in tmp_path.iterdir()} == {"deep", "orders.csv"}


def test_events_come_in_while_the_file_is_written_and_are_not_in_it(tmp_path, monkeypatch):
    tracker = OrderFlowTracker()
    tracker.observe_order(order("first"))

    def write(path, rows, **more):
        feeding = threading.Thread(target=lambda: tracker.observe_order(order("first", "FILLED", filled=100)))
        feeding.start()
        feeding.join(30)
        assert not feeding.is_alive()
        write_csv(path, rows, **more)

    monkeypatch.setattr("console.core.tracker.write_csv", write)
    path = tracker.save_history(tmp_path / "orders.csv")
    assert [row.split(",")[1] for row in path.read_text().splitlines()[1:]] == ["SUBMITTED"]
    assert tracker.history()[0].status == "FILLED"


def test_the_oldest_finished_order_is_forgotten_first():
    tracker = OrderFlowTracker(capacity=2)
    tracker.observe_order(order("working"))
    tracker.observe_order(order("done", "FILLED", filled=100, avg_fill_price=1))
    tracker.observe_order(order("new"))
    assert [history.client_order_id for history in tracker.history()] == ["working", "new"]


def test_track_orders_reads_pages_and_goes_on_where_it_stopped(tmp_path):
    """Against a control endpoint that answers replays as the engine does."""
    journal = [execution(number, order=order(f"q{number}")) for number in range(1, 2_501)]
    address = f"ipc://{tmp_path}/control.ipc"
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    server = context.socket(zmq.ROUTER)
    server.bind(address)
    stop, asked = threading.Event(), []

    def serve():
        while not stop.is_set():
            if not server.poll(20):
                continue
            peer, frame = server.recv_multipart()
            request = pb.ControlRequest.FromString(frame)
            first, limit = request.replay.from_sequence, request.replay.limit
            asked.append(first)
            page = [event for event in journal if event.sequence >= first][:limit]
            replay = pb.Replay(execution=page, last_sequence=journal[-1].sequence)
            reply = pb.ControlReply(request_id=request.request_id, replay=replay)
            server.send_multipart([peer, reply.SerializeToString()])

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        with OrderFlowTracker(zmq_address=address) as tracker:
            assert len(tracker.track_orders()) == 2_500
            journal.append(execution(2_501, order=order("late")))
            assert len(tracker.track_orders()) == 2_501
            assert asked[0] == 1
            assert asked[-1] == 2_501
    finally:
        stop.set()
        thread.join()
        server.close(linger=0)
        context.term()
