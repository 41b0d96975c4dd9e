"""A recording that is played: the stream thread knows what it knew then, at the recorded time."""

from __future__ import annotations

import time
from contextlib import contextmanager

import pytest
import zmq
from trading_rust import MarketFeed

from console.core.commands import CommandBoard
from console.core.frame import DeskFrameSource
from console.core.player import Player, ReplayFrameSource, examine, symbol_of
from console.core.recording import RecordingError, RecordingWriter, Stream
from console.core.services import ServiceBook
from console.core.state import DeskState
from console.core.streams import DeskStreams
from console.proto import messages_pb2 as pb
from tests.unit.core.wire import SECOND, T0, execution, order, position, signal

HOUR = 3_600 * SECOND


def until(condition, seconds=20.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition was not reached"
        time.sleep(0.005)


def control(body, service="execution-engine"):
    return Stream.CONTROL, pb.ControlReply(service=service, **body).SerializeToString()


def pong(last=0):
    return control({"pong": pb.Pong(service="execution-engine", state=pb.Pong.READY, last_sequence=last)})


@pytest.fixture
def recording(tmp_path):
    """Snapshots; a position; then, an hour later, a second one."""
    path = tmp_path / "desk.qdr"
    market = pb.MarketData(
        symbol="ALFA", bid=1.25, ask=2, sequence=1, published_us=T0 + 1
    ).SerializeToString()
    entries = [
        (0, *control({"snapshot": pb.Snapshot(sequence=1, orders=[order("q1-1")])})),
        (1, *control({"snapshot": pb.Snapshot(risk=pb.RiskState())}, "risk-manager")),
        (2, *pong(1)),
        (3, Stream.MARKET_DATA, market),
        (4, Stream.EXECUTION, execution(1, order=order("q1-1", "FILLED")).SerializeToString()),
        (SECOND, Stream.EXECUTION, execution(2, position=position("ALFA", 30)).SerializeToString()),
        (SECOND, Stream.SIGNALS, signal(sequence=1).SerializeToString()),
        (SECOND, *pong(2)),
        (HOUR, Stream.EXECUTION, execution(3, position=position("BRVO", -7)).SerializeToString()),
        (HOUR, *pong(3)),
    ]
    with RecordingWriter(path) as writer:
        for at, stream, payload in entries:
            writer.write(T0 + at, stream, payload)
    return path


@contextmanager
def playing(path, folder, at_us, speed=1.0, *, listens=True):
    """Without `listens` nobody reads market data yet, and nothing is played before somebody does."""
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    player = Player(path, examine(path, at_us), folder, speed=speed, context=context)
    state = DeskState(ServiceBook(heard_at=player.heard_at))
    streams = DeskStreams(
        player.streams, state, context=context, clock=player.clock_us, seconds=player.seconds
    )
    market = context.socket(zmq.SUB)
    if listens:
        market.subscribe(b"")
    market.connect(player.market_data)
    player.start()
    streams.start()
    try:
        yield player, state, market
    finally:
        streams.stop()
        player.stop()
        context.destroy(linger=0)


def held(state):
    return {row.symbol: row.quantity for row in state.picture(0).positions}


def test_the_moment_is_shown_and_nothing_of_what_came_later(recording, desk_home):
    with playing(recording, desk_home, T0 + 2 * SECOND) as (player, state, market):
        until(lambda: held(state) == {"ALFA": 30})
        assert market.poll(10_000)
        assert symbol_of(market.recv()) == b"ALFA"
        until(lambda: state.picture(0).signals)
        orders = state.picture(0).orders
        # The event that the snapshot holds already is not applied a second time.
        assert [(row.client_order_id, row.working) for row in orders] == [("q1-1", True)]
        assert player.arrived_us("ALFA") == T0 + 3
        assert T0 + 2 * SECOND <= player.clock_us() < T0 + HOUR
        frame = ReplayFrameSource(DeskFrameSource(state, None, [], CommandBoard()), player).pull("", 1)
        assert frame.replay == "REPLAY"
        assert T0 + 2 * SECOND <= frame.now_us < T0 + HOUR
        assert not player.ended


def test_it_goes_on_in_recorded_time_times_speed_and_stands_at_its_end(recording, desk_home):
    with playing(recording, desk_home, T0 + SECOND, speed=36_000.0) as (player, state, _):
        until(lambda: player.ended)
        until(lambda: held(state) == {"ALFA": 30, "BRVO": -7})
        assert player.clock_us() == T0 + HOUR
        # The newest pong is as old as the recording says, not older: the engine answers for ever.
        until(lambda: services(state, player)["execution-engine"] == "READY")
        assert services(state, player)["risk-manager"] == "SILENT"


def services(state, player):
    return {row.name: row.state for row in state.picture(player.seconds()).services}


def test_a_service_that_was_silent_then_is_silent(recording, desk_home):
    with playing(recording, desk_home, T0 + HOUR // 2) as (player, state, _):
        until(lambda: held(state) == {"ALFA": 30})
        assert services(state, player)["execution-engine"] == "SILENT"


def test_no_command_is_obeyed_and_events_are_given_again(recording, desk_home):
    with playing(recording, desk_home, T0 + 2 * SECOND) as (player, state, _):
        until(lambda: held(state) == {"ALFA": 30})
        context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        socket = context.socket(zmq.DEALER)
        socket.connect(player.streams.controls["execution-engine"])

        def ask(**body):
            socket.send(pb.ControlRequest(request_id="x", **body).SerializeToString())
            assert socket.poll(10_000)
            return pb.ControlReply.FromString(socket.recv_multipart()[-1])

        refused = ask(command=pb.StrategyCommand(type=pb.StrategyCommand.KILL_SWITCH))
        assert "no command is obeyed" in refused.error
        again = ask(replay=pb.ReplayRequest(from_sequence=2, limit=10)).replay
        assert [event.sequence for event in again.execution] == [2]
        context.destroy(linger=0)


def test_a_moment_outside_of_the_recording_is_refused(recording, tmp_path):
    with pytest.raises(RecordingError, match="it begins at 2023-11-14T22:13:20"):
        examine(recording, T0 - 1)
    with pytest.raises(RecordingError, match="and ends at 2023-11-14T23:13:20"):
        examine(recording, T0 + HOUR + 1)
    opening = examine(recording, T0 + HOUR)
    assert (opening.first_us, opening.symbols) == (T0, ("ALFA",))
    with RecordingWriter(tmp_path / "empty.qdr"):
        pass
    with pytest.raises(RecordingError, match="holds no record"):
        examine(tmp_path / "empty.qdr")


def test_ages_are_counted_by_the_recording_however_fast_it_is_played(tmp_path, desk_home):
    """Two services answer once a second for a minute, one of them falls silent; a hundred times as fast."""
    path = tmp_path / "minute.qdr"
    with RecordingWriter(path) as writer:
        writer.write(T0, *control({"snapshot": pb.Snapshot()}))
        writer.write(T0, *control({"snapshot": pb.Snapshot(risk=pb.RiskState())}, "risk-manager"))
        for second in range(60):
            at = T0 + second * SECOND
            writer.write(at, *pong())
            if second < 30:
                answer = pb.Pong(service="risk-manager", state=pb.Pong.READY)
                writer.write(at, *control({"pong": answer}, "risk-manager"))
    with playing(path, desk_home, T0, speed=100.0) as (player, state, _):
        until(lambda: services(state, player)["execution-engine"] == "READY")
        until(lambda: player.ended)
        assert player.seconds() == (T0 + 59 * SECOND) / 1e6
        rows = {row.name: row for row in state.picture(player.seconds()).services}
        assert (rows["execution-engine"].age_s, rows["execution-engine"].round_trip_ms) == (0.0, None)
        until(lambda: any("is silent" in row.text for row in state.picture(player.seconds()).log))
        silent = [row.source for row in state.picture(player.seconds()).log if "is silent" in row.text]
        assert silent == ["risk-manager"]
        assert rows["risk-manager"].state == "LOST"
        assert rows["risk-manager"].age_s == 30.0


def test_symbols_that_no_configuration_knows_are_shown(recording, desk_home):
    with (
        playing(recording, desk_home, T0 + 2 * SECOND, listens=False) as (player, state, _),
        MarketFeed(player.market_data) as feed,
    ):
        source = DeskFrameSource(state, feed, [], CommandBoard(), learns=True, seconds=player.seconds)
        assert source.pull("ALFA", 1).bars == ()
        until(lambda: source.pull("ALFA", 1).watch)
        assert [(row.symbol, row.decimals, row.bid) for row in source.pull("ALFA", 1).watch] == [
            ("ALFA", 2, 1.25)
        ]
        assert source.pull("ALFA", 1).bars
        # Its age counts from when it was published then; how long it was on its way is known no more.
        (row,) = ReplayFrameSource(source, player).pull("ALFA", 1).watch
        assert (row.published_us, row.received_us, row.latency_us) == (T0 + 1, T0 + 3, 0)
