"""The life of orders as figures: what was filled, how soon, and what it cost against the decision.

Pure bookkeeping for `OrderFlowTracker`. Slippage is (fill price − decision price) × side, averaged over the
filled quantity: above zero means that the fills were worse than the mid at which the order was decided.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from console.proto import messages_pb2 as pb

FINISHED = frozenset({"FILLED", "CANCELLED", "REJECTED"})


@dataclass(frozen=True, slots=True)
class FlowEvent:
    """One step in an order's life: a status it reached or a fill. Times are microseconds since 1970 UTC."""

    time_us: int
    what: str
    quantity: float = 0.0
    price: float | None = None
    execution_id: str = ""


@dataclass(slots=True)
class OrderHistory:
    """One order and everything that happened to it, in the order of events."""

    client_order_id: str
    symbol: str = ""
    side: str = ""
    type: str = ""
    quantity: float = 0.0
    limit_price: float | None = None
    decision_price: float | None = None
    status: str = ""
    reason: str = ""
    origin: str = ""
    model_version: str = ""
    intent_us: int = 0
    accepted_us: int = 0
    finished_us: int = 0
    reported_filled: float = 0.0
    reported_average: float | None = None
    events: list[FlowEvent] = field(default_factory=list)

    @property
    def fills(self) -> list[FlowEvent]:
        """The executions seen."""
        return [event for event in self.events if event.what == "FILL"]

    @property
    def filled(self) -> float:
        """Filled quantity: by the executions seen, or as the order reports it when they came before us."""
        return max(sum(fill.quantity for fill in self.fills), self.reported_filled)

    @property
    def average_price(self) -> float | None:
        """Average price of the fills seen; as the order reports it when some came before us."""
        fills = self.fills
        seen = sum(fill.quantity for fill in fills)
        if seen <= 0 or seen < self.reported_filled:
            return self.reported_average
        return sum(fill.quantity * (fill.price or 0.0) for fill in fills) / seen

    @property
    def fill_ratio(self) -> float:
        """Filled share of the quantity, 0…1."""
        return min(1.0, self.filled / self.quantity) if self.quantity > 0 else 0.0

    @property
    def slippage(self) -> float | None:
        """In units of price, signed by side: above zero is a cost. None without fill or decision price."""
        average = self.average_price
        if average is None or self.decision_price is None or self.filled <= 0:
            return None
        return (average - self.decision_price) * (1 if self.side == "BUY" else -1)

    @property
    def slippage_bps(self) -> float | None:
        """Slippage in hundredths of a per cent of the decision price."""
        slippage = self.slippage
        if slippage is None or not self.decision_price:
            return None
        return slippage / self.decision_price * 10_000

    @property
    def finished(self) -> bool:
        """True when nothing more can happen to it."""
        return self.status in FINISHED


@dataclass(frozen=True, slots=True)
class FlowStatistics:
    """Ratios over a set of orders. Ratios without a denominator are None; slippage as in `OrderHistory`.

    `fill_ratio` is filled over ordered quantity of finished orders that were not rejected; `reject_ratio` is
    rejected over all orders; `denied` counts what the risk manager never let out.
    """

    orders: int
    working: int
    filled: int
    partially_filled: int
    cancelled: int
    rejected: int
    denied: int
    fill_ratio: float | None
    reject_ratio: float | None
    slippage_bps: float | None
    slippage_cost: float


def statistics(histories: Iterable[OrderHistory], denied: int = 0) -> FlowStatistics:
    """The figures of some orders; slippage in bps is weighted by filled value, cost in price × quantity."""
    orders = list(histories)
    done = [order for order in orders if order.finished and order.status != "REJECTED"]
    ordered = sum(order.quantity for order in done)
    rejected = sum(order.status == "REJECTED" for order in orders)
    cost = value = 0.0
    for order in orders:
        slippage = order.slippage
        if slippage is not None and order.decision_price:
            cost += slippage * order.filled
            value += order.decision_price * order.filled
    return FlowStatistics(
        orders=len(orders),
        working=sum(not order.finished for order in orders),
        filled=sum(order.status == "FILLED" for order in orders),
        partially_filled=sum(0 < order.filled < order.quantity for order in orders),
        cancelled=sum(order.status == "CANCELLED" for order in orders),
        rejected=rejected,
        denied=denied,
        fill_ratio=sum(order.filled for order in done) / ordered if ordered > 0 else None,
        reject_ratio=rejected / len(orders) if orders else None,
        slippage_bps=cost / value * 10_000 if value else None,
        slippage_cost=cost,
    )


def merge_order(history: OrderHistory, order: pb.Order) -> None:
    """Brings an order's newest state into its history; the same state twice changes nothing."""
    status = pb.Order.Status.Name(order.status) if order.status in pb.Order.Status.values() else "UNKNOWN"
    history.symbol = order.symbol
    history.side = "BUY" if order.side == pb.Order.BUY else "SELL" if order.side == pb.Order.SELL else ""
    history.type = pb.Order.Type.Name(order.type) if order.type in pb.Order.Type.values() else ""
    history.quantity = order.quantity
    history.limit_price = order.price or None
    history.decision_price = order.decision_price or history.decision_price
    history.reason = order.rejection_reason or history.reason
    history.origin = "OPERATOR" if order.origin == pb.Order.OPERATOR else "STRATEGY"
    history.model_version = order.model_version
    history.intent_us = order.intent_us or history.intent_us
    history.accepted_us = order.accepted_us or history.accepted_us
    history.reported_filled = max(history.reported_filled, order.filled_quantity)
    if order.filled_quantity:
        history.reported_average = order.avg_fill_price
    if status != history.status:
        history.status = status
        history.events.append(FlowEvent(order.timestamp_us, status))
    history.finished_us = order.timestamp_us if status in FINISHED else 0


def merge_fill(history: OrderHistory, fill: pb.Fill) -> None:
    """Brings an execution into the history of its order, once."""
    if any(event.execution_id == fill.execution_id for event in history.events if event.what == "FILL"):
        return
    history.symbol = history.symbol or fill.symbol
    history.side = history.side or ("BUY" if fill.side == pb.Order.BUY else "SELL")
    history.decision_price = history.decision_price or fill.decision_price or None
    history.events.append(FlowEvent(fill.timestamp_us, "FILL", fill.quantity, fill.price, fill.execution_id))
