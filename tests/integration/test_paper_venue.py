"""The paper venue as a process: orders in, a market published by the test, a journal that outlives kills."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import zmq

from console.proto import messages_pb2 as pb

SERVICE = "paper-venue"
PATIENCE_S = 20.0


class Market:
    """Publishes rows of one symbol to whoever subscribed."""

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], home: Path) -> None:
        # XPUB: a subscription is seen when it arrives, so that nothing is sent before it.
        self.socket: zmq.Socket[bytes] = context.socket(zmq.XPUB)
        self.socket.linger = 0
        self.socket.rcvtimeo = int(PATIENCE_S * 1000)
        self.socket.setsockopt(zmq.XPUB_VERBOSE, 1)
        self.socket.bind(f"ipc://{home}/run/market-data.ipc")
        self.sequence = 0

    def await_subscription(self) -> None:
        while self.socket.recv() != b"\x01":
            pass

    def show(
        self,
        bid: float,
        bid_size: float,
        ask: float,
        ask_size: float,
        *,
        price: float | None = None,
        volume: float = 0,
        aggressor: pb.MarketData.Aggressor = pb.MarketData.NONE,
    ) -> None:
        self.sequence += 1
        row = pb.MarketData(
            symbol="ESH4",
            price=price,
            volume=volume,
            aggressor=aggressor,
            bid=bid,
            bid_size=bid_size,
            ask=ask,
            ask_size=ask_size,
            timestamp_us=self.sequence,
            epoch=1,
            sequence=self.sequence,
            published_us=1,
        )
        self.socket.send(row.SerializeToString())


class Connection:
    """One DEALER at the venue's order entry. Replies are kept in the order they came."""

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], home: Path) -> None:
        self.socket: zmq.Socket[bytes] = context.socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.rcvtimeo = int(PATIENCE_S * 1000)
        self.socket.reconnect_ivl = 10
        self.socket.connect(f"ipc://{home}/run/venue.ipc")
        self.reports: list[pb.VenueReply] = []
        self.asked = 0

    def receive(self) -> pb.VenueReply:
        return pb.VenueReply.FromString(self.socket.recv())

    def send(self, request: pb.VenueRequest) -> str:
        self.asked += 1
        request.request_id = str(self.asked)
        self.socket.send(request.SerializeToString())
        return request.request_id

    def ask(self, request: pb.VenueRequest) -> pb.VenueReply:
        """The answer to this request; what is reported before it is kept."""
        request_id = self.send(request)
        while (reply := self.receive()).request_id != request_id:
            assert reply.request_id == "", f"an answer to another request: {reply}"
            self.reports.append(reply)
        assert reply.venue == "PAPER"
        return reply

    def logon(self, *, executions_from: int = 0, cancel_on_disconnect: bool = False) -> pb.LogonReply:
        logon = pb.Logon(
            session="desk", executions_from=executions_from, cancel_on_disconnect=cancel_on_disconnect
        )
        reply = self.ask(pb.VenueRequest(logon=logon))
        assert reply.ok, reply.reason
        return reply.logon

    def submit(
        self, client_order_id: str, side: pb.Order.Side, quantity: float, price: float = 0
    ) -> pb.VenueReply:
        order = pb.Order(
            client_order_id=client_order_id,
            symbol="ESH4",
            side=side,
            quantity=quantity,
            price=price,
            type=pb.Order.LIMIT if price else pb.Order.MARKET,
            status=pb.Order.CREATED,
            origin=pb.Order.STRATEGY,
        )
        return self.ask(pb.VenueRequest(submit=order))

    def report(self) -> pb.VenueReply:
        """The next report, waiting for it where it has not come yet."""
        return self.reports.pop(0) if self.reports else self.receive()

    def open_orders(self) -> list[str]:
        reply = self.ask(pb.VenueRequest(open_orders=pb.OpenOrdersQuery()))
        return [order.client_order_id for order in reply.orders.orders]

    def executions(self) -> list[pb.Fill]:
        query = pb.ExecutionsQuery(from_sequence=1)
        return list(self.ask(pb.VenueRequest(executions=query)).executions.fills)


class Venue:
    """The process, and the sockets around it."""

    def __init__(self, binary: Path, home: Path, configuration: Path) -> None:
        (home / "run").mkdir()
        self.home = home
        self.command = [str(binary), "--home", str(home), "--config", str(configuration)]
        self.context = zmq.Context[zmq.Socket[bytes]]()
        self.market = Market(self.context, home)
        self.control: zmq.Socket[bytes] = self.context.socket(zmq.DEALER)
        self.control.linger = 0
        self.control.rcvtimeo = int(PATIENCE_S * 1000)
        self.control.reconnect_ivl = 10
        self.control.connect(f"ipc://{home}/run/{SERVICE}-control.ipc")
        self.start()

    def start(self) -> None:
        log = (self.home / "log").open("a")
        self.process = subprocess.Popen(self.command, stderr=log)
        self.market.await_subscription()

    def connect(self) -> Connection:
        return Connection(self.context, self.home)

    def log(self) -> str:
        return (self.home / "log").read_text()

    def ping(self) -> pb.Pong:
        self.control.send(pb.ControlRequest(request_id="1", ping=pb.Ping()).SerializeToString())
        return pb.ControlReply.FromString(self.control.recv()).pong

    def wait_for(self, holds: Callable[[pb.Pong], bool]) -> pb.Pong:
        deadline = time.monotonic() + PATIENCE_S
        while not holds(pong := self.ping()):
            assert time.monotonic() < deadline, f"{pong}\n{self.log()}"
        return pong

    def show(self, bid: float, bid_size: float, ask: float, ask_size: float, **trade: object) -> None:
        """Publishes a row and returns when the venue has acted on it."""
        before = self.ping().counters["rows"]
        self.market.show(bid, bid_size, ask, ask_size, **trade)  # type: ignore[arg-type]
        self.wait_for(lambda pong: pong.counters["rows"] > before)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(timeout=PATIENCE_S)

    def close(self) -> None:
        self.process.terminate()
        code = self.process.wait(timeout=PATIENCE_S)
        self.context.destroy(linger=0)
        assert code == 0, self.log()


@pytest.fixture
def venue(binaries: Path, desk_home: Path, repository: Path) -> Iterator[Venue]:
    configuration = json.loads((repository / "config" / "system.json").read_text())
    configuration["execution"]["venue"].update(fee_model="per_unit", fee_rate=0.85, latency_us=200)
    file = desk_home / "system.json"
    file.write_text(json.dumps(configuration))
    running = Venue(binaries / SERVICE, desk_home, file)
    yield running
    running.close()


def fills(desk: Connection) -> list[tuple[str, float, float]]:
    return [(fill.client_order_id, fill.quantity, fill.price) for fill in desk.executions()]


def status(reply: pb.VenueReply) -> str:
    return pb.Order.Status.Name(reply.order.order.status)


def test_orders_fill_as_far_as_the_market_goes(venue: Venue) -> None:
    desk = venue.connect()
    assert desk.logon().last_execution == 0
    venue.show(4800, 4, 4800.25, 7)
    reply = desk.submit("a", pb.Order.BUY, 10, 4800.25)
    assert (reply.ok, status(reply), reply.order.order.filled_quantity) == (True, "SUBMITTED", 0)
    fill = desk.report().fill
    assert (fill.quantity, fill.price, fill.fee, fill.maker, fill.venue_sequence) == (
        7,
        4800.25,
        5.95,
        False,
        1,
    )
    query = pb.VenueRequest(query=pb.OrderQuery(client_order_id="a"))
    assert status(desk.ask(query)) == "PARTIALLY_FILLED"

    # A resting order waits for the queue ahead of it, and for a seller.
    desk.submit("b", pb.Order.BUY, 2, 4800)
    assert desk.ask(pb.VenueRequest(query=pb.OrderQuery(client_order_id="b"))).order.ahead == 4
    venue.show(4800, 1, 4800.5, 7, price=4800, volume=3, aggressor=pb.MarketData.SELLER)
    venue.show(4800, 1, 4800.5, 7, price=4800, volume=2, aggressor=pb.MarketData.BUYER)
    # "a" bids more than the trade's price and takes all of it; a buyer's trade is none of theirs.
    assert fills(desk) == [("a", 7, 4800.25), ("a", 3, 4800.25)]
    venue.show(4800, 9, 4800.5, 7, price=4800, volume=2, aggressor=pb.MarketData.SELLER)
    assert fills(desk)[2:] == [("b", 1, 4800)], "one was ahead, one is ours"

    cancelled = desk.ask(pb.VenueRequest(cancel="b"))
    assert (cancelled.ok, status(cancelled)) == (True, "CANCELLED")
    again = desk.ask(pb.VenueRequest(cancel="b"))
    assert (again.ok, again.order.known, status(again)) == (False, True, "CANCELLED")
    unknown = desk.ask(pb.VenueRequest(cancel="z"))
    assert (unknown.ok, unknown.order.known) == (False, False)


def test_refusals_name_their_reason(venue: Venue) -> None:
    desk = venue.connect()
    early = desk.submit("a", pb.Order.BUY, 1)
    assert not early.ok
    assert "Logon" in early.reason
    desk.logon()
    off_tick = desk.submit("b", pb.Order.BUY, 1, 4800.1)
    assert status(off_tick) == "REJECTED"
    assert "tick of 0.25" in off_tick.reason
    unspecified = desk.ask(pb.VenueRequest(submit=pb.Order(client_order_id="c", symbol="ESH4", quantity=1)))
    assert not unspecified.ok
    assert unspecified.reason
    expired = pb.Order(
        client_order_id="d",
        symbol="ESH4",
        side=pb.Order.BUY,
        quantity=1,
        type=pb.Order.MARKET,
        status=pb.Order.CREATED,
        origin=pb.Order.OPERATOR,
        valid_until_us=1,
    )
    late = desk.ask(pb.VenueRequest(submit=expired))
    assert status(late) == "REJECTED"
    assert "valid until" in late.reason
    desk.socket.send(b"\xff\xff\xff")
    rubbish = desk.receive()
    assert not rubbish.ok
    assert "can't be read" in rubbish.reason
    pong = venue.ping()
    assert (pong.venue, pong.counters["malformed_requests"], pong.counters["refused_orders"]) == (
        "PAPER",
        2,
        3,
    )


def test_the_book_outlives_a_kill(venue: Venue) -> None:
    desk = venue.connect()
    desk.logon()
    venue.show(4800, 4, 4800.25, 7)
    for nth in range(5):
        desk.submit(f"rest-{nth}", pb.Order.BUY, 1, 4799)
    desk.submit("cross", pb.Order.SELL, 3)
    before = desk.executions()
    assert [fill.quantity for fill in before] == [3]
    epoch = venue.ping().epoch

    venue.kill()
    venue.start()

    pong = venue.wait_for(lambda pong: pong.epoch > epoch)
    assert (pong.counters["open_orders"], pong.last_sequence) == (5, 1)
    back = venue.connect()
    assert back.logon(executions_from=1).last_execution == 1
    assert back.report().fill == before[0], "a logon brings what was missed"
    assert back.open_orders() == [f"rest-{nth}" for nth in range(5)]
    # The same id again is the same order, not a second one.
    again = back.submit("rest-0", pb.Order.BUY, 1, 4799)
    assert again.ok
    assert status(again) == "SUBMITTED"
    assert venue.ping().counters["open_orders"] == 5
    # It goes on matching, and the sequence goes on without a gap.
    venue.show(4798, 1, 4798.75, 2)
    after = back.executions()
    told = [(fill.client_order_id, fill.venue_sequence) for fill in after]
    assert told == [("cross", 1), ("rest-0", 2), ("rest-1", 3)]
    assert len({fill.execution_id for fill in after}) == 3
    positions = back.ask(pb.VenueRequest(positions=pb.PositionsQuery())).positions.positions
    assert [(position.symbol, position.quantity) for position in positions] == [("ESH4", -1)]


def test_a_mass_cancel_from_another_seat_blocks_the_session(venue: Venue) -> None:
    engine, seat = venue.connect(), venue.connect()
    engine.logon()
    venue.show(4800, 4, 4800.25, 7)
    ids = [f"q-{nth}" for nth in range(100)]
    for client_order_id in ids:
        assert engine.submit(client_order_id, pb.Order.BUY, 1, 4790).ok
    seat.logon()
    kill = pb.MassCancel(block=True, reason="kill 1", kill_id="k1")
    reply = seat.ask(pb.VenueRequest(mass_cancel=kill))
    assert reply.mass_cancel.cancelled == 100
    assert seat.open_orders() == []
    told = [engine.report() for _ in ids]
    assert {report.order.order.client_order_id for report in told} == set(ids)
    assert {status(report) for report in told} == {"CANCELLED"}
    late = engine.submit("late", pb.Order.BUY, 1, 4790)
    assert (late.ok, late.reason) == (False, "the session is blocked: kill 1")
    venue.kill()
    venue.start()
    seat = venue.connect()
    assert seat.logon().blocked
    older = seat.ask(pb.VenueRequest(block=pb.SessionBlock(blocked=False, kill_ids=["k0"])))
    assert older.ok
    assert older.logon.blocked
    lifted = seat.ask(pb.VenueRequest(block=pb.SessionBlock(blocked=False, kill_ids=["k1"])))
    assert lifted.ok
    assert not lifted.logon.blocked
    assert seat.submit("new", pb.Order.BUY, 1, 4790).ok


def test_executions_wait_for_a_session_that_is_gone(venue: Venue) -> None:
    engine = venue.connect()
    engine.logon()
    venue.show(4800, 4, 4800.25, 7)
    engine.submit("a", pb.Order.BUY, 3, 4799.75)
    engine.socket.close(linger=0)
    venue.show(4799, 1, 4799.5, 2)
    venue.show(4799, 1, 4799.5, 9)
    back = venue.connect()
    assert back.logon(executions_from=1).last_execution == 2
    assert [back.report().fill.quantity for _ in range(2)] == [2, 1]


def longest_pause_of_heartbeats(engine: Connection, duration_s: float) -> float:
    """Sends heartbeats for a while; the longest time between two of them, in seconds."""
    ends, longest, last = time.monotonic() + duration_s, 0.0, time.monotonic()
    while last < ends:
        time.sleep(0.2)
        engine.ask(pb.VenueRequest(heartbeat=pb.VenueHeartbeat()))
        last, before = time.monotonic(), last
        longest = max(longest, last - before)
    return longest


def test_silence_cancels_for_who_asked_for_it(venue: Venue) -> None:
    engine, other = venue.connect(), venue.connect()
    venue.show(4800, 4, 4800.25, 7)
    for attempt in range(5):
        engine.logon(cancel_on_disconnect=True)
        name = f"a{attempt}"
        engine.submit(name, pb.Order.BUY, 3, 4799.75)
        if longest_pause_of_heartbeats(engine, 4.0) < 2.0:
            break
        # A machine that stands still so long is silent itself.
    silent_since = time.monotonic()
    assert name in engine.open_orders(), "a heartbeat keeps it"
    engine.socket.close(linger=0)
    pong = venue.wait_for(lambda pong: pong.counters["open_orders"] == 0)
    assert time.monotonic() - silent_since > 2.9
    assert pong.counters["silent_sessions"] > 0
    other.logon()
    state = other.ask(pb.VenueRequest(query=pb.OrderQuery(client_order_id=name)))
    assert "cancel on disconnect" in state.order.order.rejection_reason


def test_a_second_venue_on_the_same_home_says_who_runs(venue: Venue) -> None:
    second = subprocess.run(venue.command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert second.returncode == 1
    assert str(venue.process.pid) in second.stderr
