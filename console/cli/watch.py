"""`quarterdeck watch`: a stream as plain lines, for pipes and slow links."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from typing import Any, NamedTuple

import click
import trading_rust
import zmq

from console.cli.errors import not_running
from console.cli.output import cell, json_option, number
from console.cli.rows import command_row, fill_row, order_row, position_row, signal_row
from console.core.config import SystemConfig
from console.core.desk import gate_json, is_running, iso
from console.core.paths import Home
from console.proto import messages_pb2 as pb

HIGH_WATER_MARK = 200_000
# The epoch of what a journal numbers: it goes on where it stopped when its service starts anew.
OF_A_JOURNAL = 0

# What of each row goes on a line.
SIGNAL_KEYS = ("time", "symbol", "signal", "confidence", "model_version", "latency_us")
ORDER_KEYS = (
    "client_order_id",
    "symbol",
    "side",
    "type",
    "quantity",
    "price",
    "status",
    "filled_quantity",
    "rejection_reason",
)
FILL_KEYS = ("execution_id", "client_order_id", "symbol", "side", "quantity", "price", "fee")
POSITION_KEYS = ("symbol", "quantity", "avg_cost", "unrealized_pnl", "realized_pnl")
COMMAND_KEYS = ("type", "scope", "operator", "reason", "outcome", "answer")


class Line(NamedTuple):
    """One message: what it counts its sequence under, and what to print."""

    key: str
    symbol: str
    values: dict[str, Any]


class Stream(NamedTuple):
    """Where a stream comes from, and how its messages read: what to print, the epoch and the sequence."""

    address: str
    read: Callable[[bytes], tuple[Line, int, int]]


@click.command()
@click.argument("stream", type=click.Choice(["market", "signals", "orders", "risk"]))
@click.option("--symbol", metavar="S", help="Only this symbol.")
@click.option("--count", type=click.IntRange(min=1), help="Stop after so many lines.")
@json_option
def watch(stream: str, symbol: str | None, count: int | None, as_json: bool) -> None:
    """Print what STREAM publishes, a line a message, until ctrl+c; a gap is printed as a gap."""
    with contextlib.suppress(KeyboardInterrupt):
        _watch(stream, symbol, count, as_json)


def _watch(stream: str, symbol: str | None, count: int | None, as_json: bool) -> None:
    home = Home.resolve()
    if not is_running(home):
        raise not_running(f"The desk in {home.root}")
    chosen = STREAMS[stream]
    socket: zmq.Socket[bytes] = zmq.Context.instance().socket(zmq.SUB)
    socket.setsockopt(zmq.LINGER, 0)
    socket.setsockopt(zmq.RCVHWM, HIGH_WATER_MARK)
    # Market data and signals begin with the symbol, so the publisher filters; the others are told apart here.
    socket.setsockopt(zmq.SUBSCRIBE, topic(symbol) if symbol and stream in ("market", "signals") else b"")
    socket.connect(SystemConfig.in_force(home).address(chosen.address))
    gaps = trading_rust.GapCounter()
    printed = 0
    try:
        while count is None or printed < count:
            line, epoch, sequence = chosen.read(socket.recv())
            # A picture has no number.
            gap = gaps.observe(line.key, epoch, sequence) if sequence else 0
            if gap:
                click.echo(
                    json.dumps({"gap": gap, "key": line.key}) if as_json else f"-- gap of {gap} ({line.key})"
                )
            if symbol is None or line.symbol in ("", symbol):
                click.echo(json.dumps(line.values) if as_json else plain(line.values))
                printed += 1
    finally:
        socket.close()


def topic(symbol: str) -> bytes:
    """The prefix of messages whose field 1 is this symbol."""
    name = symbol.encode()
    return b"\x0a" + bytes([len(name)]) + name


def plain(values: dict[str, Any]) -> str:
    """Values in one line; those that hold nothing are left out."""
    return "  ".join(
        f"{key}={cell(value)}" if key != "time" else str(value)
        for key, value in values.items()
        if value not in (None, "", {}, [])
    )


def picked(row: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    """Some columns of a row."""
    return {key: row[key] for key in keys}


def _market(frame: bytes) -> tuple[Line, int, int]:
    row = pb.MarketData.FromString(frame)
    values = {
        "time": iso(row.timestamp_us),
        "symbol": row.symbol,
        "bid": row.bid if row.HasField("bid") else None,
        "bid_size": number(row.bid_size),
        "ask": row.ask if row.HasField("ask") else None,
        "ask_size": number(row.ask_size),
        "price": row.price if row.HasField("price") else None,
        "volume": row.volume or None,
    }
    return Line(row.symbol, row.symbol, values), row.epoch, row.sequence


def _signals(frame: bytes) -> tuple[Line, int, int]:
    signal = pb.TradingSignal.FromString(frame)
    values = picked(signal_row(signal), SIGNAL_KEYS)
    return Line(signal.symbol, signal.symbol, values), signal.epoch, signal.sequence


def _orders(frame: bytes) -> tuple[Line, int, int]:
    event = pb.ExecutionEvent.FromString(frame)
    kind = event.WhichOneof("event") or "unknown"
    values: dict[str, Any] = {"time": iso(event.at_us), "event": kind}
    symbol = ""
    if kind == "order":
        symbol = event.order.symbol
        values |= picked(order_row(event.order), ORDER_KEYS)
    elif kind == "fill":
        symbol = event.fill.symbol
        values |= picked(fill_row(event.fill), FILL_KEYS)
    elif kind == "position":
        symbol = event.position.symbol
        values |= picked(position_row(event.position), POSITION_KEYS)
    elif kind == "kill":
        symbol = event.kill.symbol
        values |= {"scope": symbol or "desk", "stage": pb.KillStage.Stage.Name(event.kill.stage)}
        values |= {"open_before": event.kill.open_before, "open_after": event.kill.open_after}
    elif kind == "command":
        symbol = event.command.command.symbol
        values |= picked(command_row(event.command), COMMAND_KEYS)
    elif kind == "state":
        values |= {"paused": event.state.desk_paused, "killed": event.state.desk_killed}
        values |= {"gates": [gate_json(gate)["kind"] for gate in event.state.gates]}
    return Line("execution-updates", symbol, values), OF_A_JOURNAL, event.sequence


def _risk(frame: bytes) -> tuple[Line, int, int]:
    event = pb.RiskEvent.FromString(frame)
    kind = event.WhichOneof("event") or "unknown"
    values: dict[str, Any] = {"time": iso(event.at_us), "event": kind}
    symbol = ""
    if kind == "decision":
        decision = event.decision
        symbol = decision.signal.symbol or decision.order.symbol
        values |= {"symbol": symbol, "outcome": pb.RiskDecision.Outcome.Name(decision.outcome)}
        values |= {"signal": pb.TradingSignal.Signal.Name(decision.signal.signal)}
        values |= {
            "order": decision.order.client_order_id,
            "reason": decision.denial.reason or decision.reason,
        }
    elif kind in ("gate_closed", "gate_opened"):
        gate = event.gate_closed if kind == "gate_closed" else event.gate_opened
        symbol = gate.symbol
        values |= gate_json(gate)
    elif kind == "state":
        state = event.state
        values |= {"gates": len(state.gates), "killed": state.killed}
        values |= {"realized_pnl": state.daily_realized_pnl, "unrealized_pnl": state.daily_unrealized_pnl}
    elif kind == "command":
        values |= picked(command_row(event.command), COMMAND_KEYS)
    return Line("risk", symbol, values), OF_A_JOURNAL, event.sequence


STREAMS = {
    "market": Stream("market_data", _market),
    "signals": Stream("signals", _signals),
    "orders": Stream("execution_updates", _orders),
    "risk": Stream("risk", _risk),
}
