"""OrderFlowTracker: the history of orders with partial fills and event times, exported at any moment.

In the console it is fed by the stream thread. From Python it reads for itself::

    tracker = OrderFlowTracker(home)
    tracker.track_orders()  # everything the engine has journalled so far; call again for what is new
    print(tracker.statistics())
    tracker.save_history("orders.csv")
"""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Self

from console.core.atomic import PRIVATE, write_csv
from console.core.config import SystemConfig
from console.core.control import ControlClient
from console.core.flow import FlowStatistics, OrderHistory, merge_fill, merge_order, statistics
from console.core.paths import Home
from console.proto import messages_pb2 as pb

ENGINE = "execution-engine"
CAPACITY = 20_000
PAGE = 1_000
COLUMNS = (
    "event_time_utc", "event", "client_order_id", "symbol", "side", "type", "quantity", "limit_price",
    "decision_price", "fill_quantity", "fill_price", "execution_id", "filled_quantity", "average_price",
    "fill_ratio", "slippage", "slippage_bps", "status", "reason", "origin", "model_version",
)  # fmt: skip


class OrderFlowTracker:
    """Histories of the newest `capacity` orders. Safe to read and to feed from different threads.

    `home` (a folder, or a `Home`) or `zmq_address` (the engine's control endpoint) is where `track_orders`
    reads; a tracker that is only fed needs neither.
    """

    def __init__(
        self,
        home: Home | str | os.PathLike[str] | None = None,
        *,
        zmq_address: str | None = None,
        capacity: int = CAPACITY,
    ) -> None:
        self._home = home
        self._address = zmq_address
        self._capacity = capacity
        self._lock = threading.RLock()
        self._orders: dict[str, OrderHistory] = {}
        self._denied = 0
        self._next = 1
        self._client: ControlClient | None = None

    # ------------------------------------------------------------------ fed

    def observe(self, event: pb.ExecutionEvent) -> None:
        """Takes an event of the engine; those about neither orders nor fills are passed over."""
        kind = event.WhichOneof("event")
        if kind == "order":
            self.observe_order(event.order)
        elif kind == "fill":
            self.observe_fill(event.fill)

    def observe_order(self, order: pb.Order) -> None:
        """Takes an order's newest state."""
        with self._lock:
            merge_order(self._history(order.client_order_id), order)

    def observe_fill(self, fill: pb.Fill) -> None:
        """Takes an execution; one that is known already changes nothing."""
        with self._lock:
            merge_fill(self._history(fill.client_order_id), fill)

    def observe_denial(self, decision: pb.RiskDecision) -> None:
        """Counts an order that the risk manager never let out."""
        with self._lock:
            self._denied += decision.outcome == pb.RiskDecision.DENIED

    # ------------------------------------------------------------------ reads for itself

    def track_orders(self, timeout_s: float = 2.0) -> list[OrderHistory]:
        """Reads what the engine journalled since the last call, and returns all histories.

        Raises `NoAnswer` when the engine doesn't answer in `timeout_s` seconds; what was read before that
        stays, and the next call goes on from there.
        """
        client = self._connected()
        while True:
            request = pb.ReplayRequest(from_sequence=self._next, limit=PAGE)
            replay = client.request(pb.ControlRequest(replay=request), timeout_s).replay
            for event in replay.execution:
                self.observe(event)
                self._next = max(self._next, event.sequence + 1)
            if self._next > replay.last_sequence or not replay.execution:
                return self.history()

    def _connected(self) -> ControlClient:
        if self._client is None:
            address = self._address
            if address is None:
                home = self._home if isinstance(self._home, Home) else Home.resolve(self._home)
                address = SystemConfig.in_force(home).control_address(ENGINE)
            self._client = ControlClient(address, ENGINE)
        return self._client

    # ------------------------------------------------------------------ shown and saved

    def history(self, symbol: str | None = None) -> list[OrderHistory]:
        """The histories, the oldest first."""
        with self._lock:
            return [order for order in self._orders.values() if symbol in (None, order.symbol)]

    def statistics(self, symbol: str | None = None) -> FlowStatistics:
        """Fill and reject ratios and slippage; denials are counted for the desk as a whole."""
        with self._lock:
            return statistics(self.history(symbol), 0 if symbol else self._denied)

    def save_history(self, path: str | os.PathLike[str]) -> Path:
        """Writes one CSV row per event, the oldest order first, and returns the path.

        The file appears whole or not at all: whoever reads it meanwhile never sees half of it.
        Raises `OSError` when it can't be written.
        """
        target = Path(path).expanduser()
        # Who feeds waits for the copy alone, not for the text and the disk.
        with self._lock:
            orders = [replace(order, events=[*order.events]) for order in self._orders.values()]
        rows = (row for order in orders for row in _rows(order))
        write_csv(target, chain([COLUMNS], rows), mode=PRIVATE)
        return target

    def close(self) -> None:
        """Closes the connection, if there is one; the histories stay."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _history(self, client_order_id: str) -> OrderHistory:
        found = self._orders.get(client_order_id)
        if found is None:
            found = self._orders[client_order_id] = OrderHistory(client_order_id)
            if len(self._orders) > self._capacity:
                self._forget()
        return found

    def _forget(self) -> None:
        """Lets the oldest finished order go; a working one only when there is nothing else."""
        oldest = next((name for name, order in self._orders.items() if order.finished), None)
        del self._orders[oldest if oldest is not None else next(iter(self._orders))]


def _rows(order: OrderHistory) -> list[tuple[object, ...]]:
    # Each of them goes through all events of the order: once for all rows, then.
    slippage, bps, average = order.slippage, order.slippage_bps, order.average_price
    filled, fill_ratio = _decimal(order.filled), f"{order.fill_ratio:.6f}"
    return [
        (
            datetime.fromtimestamp(event.time_us / 1_000_000, UTC).isoformat(timespec="microseconds"),
            event.what, order.client_order_id, order.symbol, order.side, order.type, _decimal(order.quantity),
            _decimal(order.limit_price), _decimal(order.decision_price),
            _decimal(event.quantity) if event.what == "FILL" else "", _decimal(event.price),
            event.execution_id,
            filled, _decimal(average), fill_ratio,
            "" if slippage is None else f"{slippage:.9f}", "" if bps is None else f"{bps:.4f}",
            order.status, order.reason, order.origin, order.model_version,
        )
        for event in order.events
    ]  # fmt: skip


def _decimal(value: float | None) -> str:
    """A decimal without exponent; empty when there is none."""
    if value is None:
        return ""
    return f"{value:.9f}".rstrip("0").rstrip(".") or "0"
