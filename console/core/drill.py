"""A kill rehearsed: orders are put to rest at the paper venue, then the desk is killed and timed.

The orders take the desk's own way (the engine's last line, its journal, the venue), below the touch, as the
operator's. They are real orders of a real desk, so the venue must be the paper one; and the kill is a real
kill: the desk stays killed until it is re-armed.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from typing import Any

import zmq

from console.core.config import SystemConfig
from console.core.control import ControlClient, dealer
from console.core.controller import ENGINE
from console.core.identity import now_us, uuid7
from console.core.kill import Kill, KillReport, Stage
from console.core.paths import Home
from console.core.venue import VenueClient
from console.proto import messages_pb2 as pb

# A drill's order rests this fraction below the bid: inside any sensible collar, and not soon traded through.
AWAY = Decimal("0.01")
# A symbol whose market is not seen within this time takes no order.
MARKET_S = 2.0
# All orders rest by then, or the drill ends without a kill.
REST_S = 30.0
# Orders under way to the engine at a time.
IN_FLIGHT = 100


class DrillError(Exception):
    """The drill can't be held; nothing was killed. The text says why, and what rests already."""


@dataclass(frozen=True, slots=True)
class Drill:
    """What a drill came to. `resting` orders lay at the venue when the kill was sent at `sent_us`."""

    resting: int
    placing_ms: float
    sent_us: int
    report: KillReport

    def times_ms(self) -> dict[str, float]:
        """Each stage's first time, in milliseconds since the kill was sent."""
        first: dict[str, float] = {}
        for stage in self.report.stages:
            first.setdefault(stage.name, (stage.at_us - self.sent_us) / 1000)
        return first

    def to_json(self) -> dict[str, Any]:
        """As `drill --json` prints it and the record keeps it."""
        return {
            "resting": self.resting,
            "placing_ms": round(self.placing_ms, 1),
            "sent_us": self.sent_us,
            "times_ms": {name: round(ms, 3) for name, ms in self.times_ms().items()},
            "kill": self.report.to_json(),
        }


def drill(home: Home, orders: int, reason: str, on_stage: Callable[[Stage], None]) -> Drill:
    """Put `orders` limit orders to rest, kill the desk, and keep the times in `state/drills.jsonl`.

    Raises `DrillError` before anything is killed when the venue isn't the paper one, the desk is killed
    already, or the orders don't come to rest.
    """
    config = SystemConfig.in_force(home)
    with ControlClient(config.control_address(ENGINE), ENGINE) as engine:
        pong = engine.ping()
    if pong.venue != "PAPER":
        raise DrillError(f"The venue says {pong.venue or 'nothing'}; a drill is held on PAPER only.")
    if pong.trading.desk_killed:
        raise DrillError("The desk is killed already: rearm and resume it, then drill.")
    began = time.monotonic()
    resting = _rest(config, _orders(config, orders, pong.trading.limits_version))
    placing_ms = (time.monotonic() - began) * 1000
    sent_us = now_us()
    held = Drill(resting, placing_ms, sent_us, Kill(home, reason, "", on_stage).run())
    with (home.state / "drills.jsonl").open("a", encoding="utf-8") as record:
        record.write(json.dumps(held.to_json()) + "\n")
    return held


def _orders(config: SystemConfig, count: int, limits_version: int) -> list[pb.Order]:
    """One lot each, round the symbols that have a market."""
    rows = _markets(config)
    if not rows:
        raise DrillError(f"No symbol showed a bid within {MARKET_S:g} s: is the source running?")
    number = uuid7()
    instruments = config.section("market_data")["instruments"]
    made = []
    for index in range(count):
        row = rows[index % len(rows)]
        instrument = instruments[row.symbol]
        tick = Decimal(instrument["tick"])
        ticks = (Decimal(row.bid) * (1 - AWAY) / tick).to_integral_value(ROUND_DOWN)
        made.append(
            pb.Order(
                client_order_id=f"drill-{number}-{index + 1}",
                symbol=row.symbol,
                side=pb.Order.BUY,
                type=pb.Order.LIMIT,
                quantity=float(Decimal(instrument["lot"])),
                price=float(max(ticks, Decimal(1)) * tick),
                status=pb.Order.CREATED,
                origin=pb.Order.OPERATOR,
                intent_us=now_us(),
                limits_version=limits_version,
                command_id=number,
            )
        )
    return made


def _markets(config: SystemConfig) -> list[pb.MarketData]:
    """The newest row with a bid of each symbol that has one: a late subscriber gets last values at once."""
    rows: dict[str, pb.MarketData] = {}
    symbols = set(config.get_symbols())
    socket: zmq.Socket[bytes] = zmq.Context.instance().socket(zmq.SUB)
    try:
        socket.setsockopt(zmq.LINGER, 0)
        socket.setsockopt(zmq.RCVHWM, 100_000)
        socket.setsockopt(zmq.SUBSCRIBE, b"")
        socket.connect(config.address("market_data"))
        deadline = time.monotonic() + MARKET_S
        while set(rows) < symbols and socket.poll(_left_ms(deadline)):
            for frame in socket.recv_multipart():
                row = pb.MarketData.FromString(frame)
                if row.symbol in symbols and row.HasField("bid") and row.bid > 0:
                    rows[row.symbol] = row
    finally:
        socket.close()
    return [rows[name] for name in sorted(rows)]


def _rest(config: SystemConfig, orders: Sequence[pb.Order]) -> int:
    """Hand the orders to the engine, and wait until the venue itself holds them all open."""
    deadline = time.monotonic() + REST_S
    _hand_over(config, orders, deadline)
    wanted = {order.client_order_id for order in orders}
    with VenueClient.of(config) as venue:
        while True:
            held = {order.client_order_id for order in venue.open_orders()}
            if wanted <= held:
                return len(held)
            if time.monotonic() > deadline:
                missing = len(wanted - held)
                raise DrillError(
                    f"{missing} of {len(orders)} orders did not come to rest at the venue. Nothing was "
                    "killed; `quarterdeck orders` says what became of them."
                )


def _hand_over(config: SystemConfig, orders: Sequence[pb.Order], deadline: float) -> None:
    """Send the orders to the engine, some at a time, until it has accepted them all."""
    accepted = under_way = 0
    waiting = list(orders)
    socket = dealer(zmq.Context.instance(), config.address("orders"))
    try:
        while accepted < len(orders):
            can_send = bool(waiting) and under_way < IN_FLIGHT
            ready = socket.poll(_left_ms(deadline), zmq.POLLIN | (zmq.POLLOUT if can_send else 0))
            if not ready:
                raise DrillError(
                    f"The engine took {accepted} of {len(orders)} orders within {REST_S:g} s. Nothing was "
                    "killed; `quarterdeck cancel --all` takes back those that rest."
                )
            if ready & zmq.POLLOUT:
                request = pb.OrderRequest(request_id=uuid7(), submit=waiting.pop(0))
                socket.send(request.SerializeToString())
                under_way += 1
            if ready & zmq.POLLIN:
                reply = pb.OrderReply.FromString(socket.recv_multipart()[-1])
                under_way -= 1
                if not reply.accepted:
                    raise DrillError(
                        f"The engine refused {reply.client_order_id}: {reply.reason}. Nothing was killed; "
                        f"`quarterdeck cancel --all` takes back the {accepted} orders before it."
                    )
                accepted += 1
    finally:
        socket.close(linger=0)


def _left_ms(deadline: float) -> int:
    return max(0, round((deadline - time.monotonic()) * 1000))
