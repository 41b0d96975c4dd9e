"""A desk in one moment, and an app that is fed with it."""

from __future__ import annotations

import threading
from dataclasses import replace

from console.core.bars import Bar
from console.core.commands import CommandBoard, Report
from console.core.controller import Acknowledgement, Outcome
from console.core.feed import WatchRow
from console.core.frame import Frame, total
from console.core.journal import Severity
from console.core.state import DeskState
from console.proto import messages_pb2 as pb
from console.ui.app import QuarterdeckApp
from console.ui.ports import Ports
from tests.unit.core.wire import SECOND, T0, execution, gate, order, position, signal

NOW = T0 + SECOND
MONOTONIC = 100.0
SERVICES = ("market-data", "signal-bridge", "risk-manager", "execution-engine", "paper-venue")
LIMITS = [
    ("max_order_quantity", 1000, 30, "units", "ALFA"),
    ("max_gross_exposure", 100_000, 90_000, "USD", ""),
    ("max_drawdown", 500, 600, "USD", ""),
]


def desk_state(*, gates=(), kills=(), killed=False, silent=()):
    state = DeskState()
    for service in SERVICES:
        if service not in silent:
            state.heard(service, pb.Pong(service=service, state=pb.Pong.READY, pid=1), MONOTONIC, MONOTONIC)
    orders = [
        order("q1-1", quantity=100, price=101.22, at=T0 - SECOND),
        order(
            "q1-2",
            "PARTIALLY_FILLED",
            symbol="BRVO",
            side="SELL",
            quantity=1200,
            filled=400,
            at=T0,
            price=48.5,
        ),
        order("q1-3", "REJECTED", symbol="BRVO", rejection_reason="price 48.505 is off the tick", at=T0),
        order("q1-4", "FILLED", filled=100, avg_fill_price=101.25, at=T0),
    ]
    symbols = {stage.symbol for stage in kills} - {""}
    trading = pb.TradingState(
        venue="PAPER", desk_killed=killed, killed_symbols=symbols, kills=kills, gates=gates
    )
    positions = [
        position("ALFA", 1200, cost=101.0, price=101.5),
        position("CHRL", -12, cost=4120.0, price=None),
    ]
    state.apply_execution_snapshot(pb.Snapshot(orders=orders, positions=positions, trading=trading))
    use = [
        pb.LimitUse(name=name, limit=limit, value=value, unit=unit, symbol=symbol, denies=value > limit)
        for name, limit, value, unit, symbol in LIMITS
    ]
    state.set_risk_from_pong(
        pb.RiskState(use=use, daily_realized_pnl=-700, daily_unrealized_pnl=100, gates=gates), NOW
    )
    for number in range(1, 30):
        state.apply_signal(signal(sequence=number, kind="SELL" if number % 2 else "HOLD"))
    state.note(NOW, Severity.NOTICE, "the console was opened")
    return state


def watch_rows():
    return (
        WatchRow(
            "ALFA", 2, 0.01, 101.23, 101.25, 500, 1200, 101.24, 10, 4500, NOW, NOW, 0, 9, 101.0, 1, (1.0, 2.0)
        ),
        WatchRow("BRVO", 2, 0.01, 48.49, 48.51, 100, 100, None, 0, 0, NOW, NOW - 40 * SECOND, 3, 9, 48.5, -1),
        WatchRow("CHRL", 2, 0.25),
    )


def bars(count=200):
    return tuple(
        Bar(T0 + n * SECOND, 100 + n % 7, 103 + n % 7, 99 + n % 5, 100 + (n + 1) % 7, float(n % 11))
        for n in range(count)
    )


def frame(*, commands=(), **desk):
    picture = desk_state(**desk).picture(MONOTONIC + (5 if desk.get("silent") else 0.1))
    return Frame(
        NOW, watch_rows(), bars(), "ALFA", picture, total(picture.positions, NOW), commands, feed_gaps=3
    )


PAUSED = [gate("OPERATOR_PAUSE", "ALFA", since=T0)]


class Source:
    """Gives the frame it holds, with the symbol that was asked for; counts how often."""

    def __init__(self, held, board):
        self.held, self.board, self.pulls = held, board, 0
        self.asked = ()

    def pull(self, selected, interval_s):
        self.pulls += 1
        self.asked = (selected, interval_s)
        return replace(self.held, bars_of=selected, commands=self.board.views())


class Recorder:
    """Takes commands; answers when it is let."""

    def __init__(self):
        self.intents = []
        self.let = threading.Event()
        self.let.set()

    def execute(self, intent, tell):
        self.intents.append(intent)
        tell("LATCHED")
        self.let.wait(60)
        answer = Acknowledgement("execution-engine", Outcome.DONE, "", 2.5, (), 3, pb.CommandResult())
        return Report("c1", Outcome.DONE, (answer,))


def make_app(tmp_path, *, held=None, read_only=False, remember=None, **more):
    board, commander = CommandBoard(), Recorder()
    source = Source(held or frame(), board)
    ports = Ports(
        source,
        board,
        None if read_only else commander,
        lambda path: tmp_path / (path or "orders.csv"),
        exports=tmp_path,
        remember=remember,
    )
    return QuarterdeckApp(ports, read_only=read_only, **more), source, commander


def screen_text(app):
    """What is on the screen, part by part."""
    rectangles = app.desk.rectangles(app.size.width, app.size.height)
    return "\n".join(line.text for name in rectangles for line in app.query_one(f"#{name}").lines)


__all__ = ["PAUSED", "execution", "frame", "make_app", "screen_text"]
