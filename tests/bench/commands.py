"""What an operator waits for, and what a restart takes: engine and paper venue as processes, alone.

The risk manager is the stand-in of the engine's own integration tests. Times of commands are the operator's:
they contain the control socket both ways.
"""

from __future__ import annotations

import os
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from console.proto import messages_pb2 as pb
from tests.integration.engine_desk import LIMITS, SYMBOL, Desk, now_us, running_desk

REPOSITORY = Path(__file__).resolve().parents[2]
TICKS_A_SECOND = 50_000
COMMANDS = 300
KILLS = 30
RESTING = 1_000
ORDERS = 300
BETWEEN_ORDERS_S = 0.01
BLOCK = 4_096
DRILLS = 5
HISTORY = 10_000


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure: its distribution in microseconds and the goal it is held against."""

    name: str
    count: int
    p50_us: float
    p99_us: float
    goal: str

    @classmethod
    def of(cls, name: str, times: list[float], goal: str) -> Measure:
        """From single times, in microseconds."""
        if len(times) == 1:
            return cls(name, 1, times[0], times[0], goal)
        cuts = statistics.quantiles(times, n=100, method="inclusive")
        return cls(name, len(times), cuts[49], cuts[98], goal)

    def as_dict(self) -> dict[str, object]:
        """For the JSON."""
        return asdict(self)


@contextmanager
def desk(binaries: Path, home: Path) -> Iterator[Desk]:
    """Engine and venue; the venue answers at once: its configured latency is a model of the way there."""
    home.mkdir(mode=0o700)
    with running_desk(binaries, home, REPOSITORY, {"latency_model": "none"}) as running:
        yield running


def measure_commands(binaries: Path, folder: Path) -> list[Measure]:
    """Every figure of this file."""
    folder.mkdir()
    figures = [_disk(folder / "disk")]
    with desk(binaries, folder / "o") as running:
        figures += _orders(running)
    with desk(binaries, folder / "c") as running, ticking(running):
        figures += _commands(running)
    with desk(binaries, folder / "k") as running:
        figures += _kills(running)
    with desk(binaries, folder / "h") as running:
        figures += _restart(running)
    return figures


@contextmanager
def ticking(running: Desk) -> Iterator[None]:
    """Market data at `TICKS_A_SECOND`, published from a thread of this process, in bursts of 5 ms."""
    stop = threading.Event()
    row = pb.MarketData(
        symbol=SYMBOL, bid=4800.0, ask=4800.25, bid_size=1, ask_size=1, aggressor=pb.MarketData.NONE, epoch=1
    )

    def publish() -> None:
        started, sent = time.monotonic(), 0
        row.sequence = running.sequence
        frames = []
        for _ in range(TICKS_A_SECOND // 200):
            row.sequence += 1
            frames.append(row.SerializeToString())
        while not stop.is_set():
            for frame in frames:
                running.market.send(frame)
            sent += len(frames)
            stop.wait(max(0.0, started + sent / TICKS_A_SECOND - time.monotonic()))

    thread = threading.Thread(target=publish)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _disk(file: Path) -> Measure:
    """What one durable write costs as orders need it: alone, and not in a row that keeps the disk awake."""
    times = []
    with file.open("wb") as target:
        target.write(bytes(ORDERS * BLOCK))
        target.flush()
        os.fsync(target.fileno())
        for number in range(ORDERS):
            time.sleep(BETWEEN_ORDERS_S)
            started = time.perf_counter()
            os.pwrite(target.fileno(), b"x" * BLOCK, number * BLOCK)
            os.fdatasync(target.fileno())
            times.append((time.perf_counter() - started) * 1e6)
    return Measure.of("the disk alone: 4 KiB overwritten and fdatasync, 10 ms apart", times, "")


def _orders(running: Desk) -> list[Measure]:
    answered = []
    for number in range(ORDERS):
        time.sleep(BETWEEN_ORDERS_S)
        started = time.perf_counter()
        reply = running.risk.submit(f"q{number}", pb.Order.BUY, 1, 4790.0)
        answered.append((time.perf_counter() - started) * 1e6)
        assert reply.accepted, reply.reason
        # Not at once: the record of a cancel is one more write, which the venue's answer would wait behind.
        time.sleep(BETWEEN_ORDERS_S)
        running.risk.ask(pb.OrderRequest(request_id=f"c{number}", cancel=f"q{number}"))
    running.await_pong(lambda pong: pong.counters["orders_working"] == 0)
    first: dict[str, pb.Order] = {}
    for event in running.journal():
        if event.HasField("order") and event.order.accepted_us:
            first.setdefault(event.order.client_order_id, event.order)
    accepted = [float(order.accepted_us - order.intent_us) for order in first.values()]
    return [
        Measure.of("order sent → intent durable, answered (the engine's fsync)", answered, ""),
        Measure.of("order sent → accepted by the venue (the engine's and the venue's fsync)", accepted, ""),
    ]


def _timed(running: Desk, kind: pb.StrategyCommand.Type, symbol: str = "") -> float:
    sent = time.perf_counter()
    result = running.command(kind, symbol)
    elapsed = (time.perf_counter() - sent) * 1e6
    assert result.outcome in (pb.CommandResult.DONE, pb.CommandResult.ACCEPTED), result
    return elapsed


def _commands(running: Desk) -> list[Measure]:
    kinds = (pb.StrategyCommand.PAUSE_TRADING, pb.StrategyCommand.RESUME_TRADING)
    times = [_timed(running, kinds[number % 2], SYMBOL) for number in range(COMMANDS)]
    name = f"command sent → acknowledged, {TICKS_A_SECOND:,} ticks/s running"
    kills = []
    for _ in range(KILLS):
        kills.append(_timed(running, pb.StrategyCommand.KILL_SWITCH))
        _rearm(running)
    return [
        Measure.of(name, times, "p50 ≤ 1 ms"),
        Measure.of("kill sent → latched in memory and file, acknowledged", kills, "p99 ≤ 1 ms"),
    ]


def _rearm(running: Desk) -> None:
    """Armed and resumed again."""
    running.await_pong(lambda pong: _stage(pong) in (pb.KillStage.VERIFIED, pb.KillStage.RESIDUAL))
    running.await_pong(lambda _: running.command(pb.StrategyCommand.REARM).outcome == pb.CommandResult.DONE)
    running.command(pb.StrategyCommand.RESUME_TRADING)


def _stage(pong: pb.Pong) -> pb.KillStage.Stage:
    kills = [kill.stage for kill in pong.trading.kills if not kill.symbol]
    return kills[0] if kills else pb.KillStage.STAGE_UNSPECIFIED


def _rest(running: Desk, names: list[str]) -> None:
    """Many orders at rest, sent without waiting for each."""
    for name in names:
        order = pb.Order(
            client_order_id=name, symbol=SYMBOL, side=pb.Order.BUY, quantity=1, price=4790.0,
            type=pb.Order.LIMIT, status=pb.Order.CREATED, origin=pb.Order.STRATEGY, limits_version=2,
            intent_us=now_us(), valid_until_us=now_us() + 30_000_000,
        )  # fmt: skip
        request = pb.OrderRequest(request_id=name, submit=order)
        running.risk.orders.send(request.SerializeToString())
    for _ in names:
        reply = pb.OrderReply.FromString(running.risk.orders.recv())
        assert reply.accepted, reply.reason


def _wide_limits(running: Desk) -> None:
    wide = {**LIMITS, "max_position_size": 1e6, "max_order_notional": 1e9, "max_gross_exposure": 1e12}
    limits = pb.Limits(version=2, values={**wide, "max_net_exposure": 1e12})
    running.risk.orders.rcvtimeo = 20_000
    assert running.risk.ask(pb.OrderRequest(request_id="wide", limits=limits)).accepted


def _kills(running: Desk) -> list[Measure]:
    _wide_limits(running)
    times = []
    for drill in range(DRILLS):
        _rest(running, [f"q{drill}-{number}" for number in range(RESTING)])
        running.await_pong(lambda pong: pong.counters["orders_working"] == RESTING)
        before = len(running.journal())
        running.command(pb.StrategyCommand.KILL_SWITCH)
        running.await_pong(lambda pong: _stage(pong) in (pb.KillStage.VERIFIED, pb.KillStage.RESIDUAL))
        stages = [event.kill for event in running.journal()[before:] if event.WhichOneof("event") == "kill"]
        at = {stage.stage: stage.at_us for stage in reversed(stages)}
        times.append(float(at[pb.KillStage.VERIFIED] - at[pb.KillStage.LATCHED]))
        _rearm(running)
    return [Measure.of(f"LATCHED → VERIFIED, {RESTING:,} orders at rest", times, "p99 ≤ 150 ms")]


def _restart(running: Desk) -> list[Measure]:
    _wide_limits(running)
    for batch in range(HISTORY // RESTING):
        _rest(running, [f"q{batch}-{number}" for number in range(RESTING)])
        running.command(pb.StrategyCommand.CANCEL, SYMBOL)
        running.await_pong(lambda pong: pong.counters["orders_working"] == 0)
    events = running.pong().last_sequence
    running.kill("execution-engine")
    started = time.perf_counter()
    running.start("execution-engine")
    running.await_pong(lambda pong: pong.state == pb.Pong.READY)
    elapsed = (time.perf_counter() - started) * 1e6
    name = f"restart → reconciled, {HISTORY:,} orders of history ({events:,} entries)"
    return [Measure.of(name, [elapsed], "≤ 2 s")]
