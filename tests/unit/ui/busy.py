"""A busy desk without a clock: 400 symbols, and in each frame the same share of what is on screen changes.

Frame `n` is the same in every run, so that what it costs can be compared.
"""

from __future__ import annotations

import random
from dataclasses import replace

from console.core.bars import Bar
from console.core.feed import TREND_POINTS, WatchRow
from console.core.frame import Frame, total
from console.core.journal import Severity
from console.core.state import DeskState
from console.proto import messages_pb2 as pb
from tests.unit.core.wire import SECOND, T0, order, position, signal

SYMBOLS = 400
POSITIONS = 12
FRAME_US = SECOND // 20
# Of the cells of a table that change from frame to frame.
SHARE = 0.05
# Of a quote's eleven cells so many change with it: price, bid, ask, two sizes, volume.
CELLS, CELLS_OF_QUOTE = 11, 6
# Frames between two signals, two orders and two lines of the log.
SIGNAL_EVERY, ORDER_EVERY, LOG_EVERY = 4, 10, 10
# Orders that work at the same time; the older ones are filled.
WORKING = 20
SERVICES = ("market-data", "signal-bridge", "risk-manager", "execution-engine", "paper-venue")
LIMITS = (
    "max_order_quantity", "max_order_notional", "price_collar", "max_position_size", "max_gross_exposure",
    "max_net_exposure", "max_open_positions", "max_daily_loss", "max_concentration", "max_drawdown",
)  # fmt: skip


class BusyDesk:
    """A source of frames: each `pull` is the next one."""

    def __init__(self) -> None:
        self._random = random.Random(7)
        self.names = [f"S{number:03}" for number in range(SYMBOLS)]
        self._rows = {
            name: WatchRow(
                name, 2, 0.01, 100.0 + place, 100.02 + place, 500, 700, 100.01 + place, 10, 4_500, T0, T0,
                0, 9,
                100.0 + place, 1, tuple(100.0 + step % 7 for step in range(TREND_POINTS)),
            )
            for place, name in enumerate(self.names)
        }  # fmt: skip
        self._bars = [
            Bar(
                T0 - (300 - n) * SECOND,
                100 + n % 7,
                103 + n % 7,
                99 + n % 5,
                100 + (n + 1) % 7,
                float(n % 11),
            )
            for n in range(300)
        ]
        self._state = DeskState()
        self._positions = [
            position(name, 100.0 * (1 + place), cost=100.0 + place, price=100.5 + place, marked_us=T0)
            for place, name in enumerate(self.names[:POSITIONS])
        ]
        self.frames = 0
        self._begin()

    def _begin(self) -> None:
        state = self._state
        for service in SERVICES:
            state.heard(service, pb.Pong(service=service, state=pb.Pong.READY, pid=1), 0.0, 0.0)
        orders = [order(f"q1-{n}", symbol=self.names[n], price=100.0 + n, at=T0) for n in range(20)]
        trading = pb.TradingState(venue="PAPER")
        snapshot = pb.Snapshot(orders=orders, positions=self._positions, trading=trading)
        state.apply_execution_snapshot(snapshot)
        use = [
            pb.LimitUse(name=name, limit=1_000, value=100.0 + n, unit="USD") for n, name in enumerate(LIMITS)
        ]
        state.set_risk_from_pong(pb.RiskState(use=use, daily_realized_pnl=700), T0)
        for number in range(1, 100):
            state.apply_signal(signal(self.names[number], sequence=1, at=T0 + number))
            state.note(T0, Severity.NOTICE, f"line {number} of the log, as long as they are in the mean")

    def pull(self, selected: str, interval_s: int) -> Frame:
        """The next frame."""
        self.frames += 1
        now_us = T0 + self.frames * FRAME_US
        self._quotes(now_us)
        self._trade(now_us)
        last = self._bars[-1]
        close = last.close + self._random.choice((-0.01, 0.0, 0.01))
        self._bars[-1] = last._replace(close=close, volume=last.volume + 1)
        picture = self._state.picture(0.1)
        return Frame(
            now_us, tuple(self._rows.values()), tuple(self._bars), selected, picture,
            total(picture.positions, now_us), feed_messages=self.frames * 50_000,
        )  # fmt: skip

    def pass_by(self, moments: int) -> None:
        """So many moments of which nobody pulls a frame: their events are there all the same."""
        for _ in range(moments):
            self.frames += 1
            self._trade(T0 + self.frames * FRAME_US)

    def _order(self, number: int, status: str, now_us: int) -> None:
        made = order(
            f"q2-{number}", status, symbol=self.names[number % POSITIONS], price=101.0, at=now_us,
            filled=100 if status == "FILLED" else 0,
        )  # fmt: skip
        self._state.apply_execution(pb.ExecutionEvent(order=made, at_us=now_us))

    def _quotes(self, now_us: int) -> None:
        """The same share of rows among those on the screen as among those that aren't."""
        share = SHARE * CELLS / CELLS_OF_QUOTE
        for place, name in enumerate(self.names):
            row = self._rows[name]
            if self._random.random() >= share:
                # Rows that don't change are kept alive, as a real feed does.
                if self.frames % 20 == place % 20:
                    self._rows[name] = replace(row, received_us=now_us)
                continue
            step = self._random.choice((-0.01, 0.01))
            bid, ask = 100.0 + place + step * (self.frames % 3), 100.02 + place + step * (self.frames % 3)
            self._rows[name] = replace(
                row, bid=bid, ask=ask, last=bid, direction=1 if step > 0 else -1,
                bid_size=float(self._random.randrange(100, 9_000)),
                ask_size=float(self._random.randrange(100, 9_000)),
                volume=row.volume + 100, event_us=now_us, received_us=now_us, messages=row.messages + 1,
            )  # fmt: skip

    def _trade(self, now_us: int) -> None:
        number = self.frames
        for held in self._positions:
            if self._random.random() < 2 * SHARE:
                held.current_price += self._random.choice((-0.01, 0.01))
                held.unrealized_pnl = (held.current_price - held.avg_cost) * held.quantity
                held.marked_us = now_us
                self._state.apply_execution(pb.ExecutionEvent(position=held, at_us=now_us))
        if number % SIGNAL_EVERY == 0:
            name = self.names[number // SIGNAL_EVERY % SYMBOLS]
            self._state.apply_signal(signal(name, sequence=number, epoch=2, at=now_us))
        if number % ORDER_EVERY == 0:
            self._order(number, "SUBMITTED", now_us)
            if number > WORKING * ORDER_EVERY:
                self._order(number - WORKING * ORDER_EVERY, "FILLED", now_us)
        if number % LOG_EVERY == 0:
            self._state.note(now_us, Severity.DETAIL, f"bought 100 {self.names[number % 50]} at 101.02")
