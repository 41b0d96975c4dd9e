"""What the panes show, as immutable rows, and how each is read from the wire.

A row is made once, when its message arrives; a frame then only points at rows. Absent and unspecified values
are None or empty, never a zero that looks like a number.
"""

from __future__ import annotations

from dataclasses import dataclass

from console.proto import messages_pb2 as pb

WORKING = frozenset({"CREATED", "SUBMITTED", "PARTIALLY_FILLED", "UNKNOWN"})


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order. `side` is +1 for a buy and -1 for a sell; times are microseconds since 1970."""

    client_order_id: str
    order_id: str
    symbol: str
    side: int
    type: str
    quantity: float
    price: float | None
    stop_price: float | None
    filled: float
    average: float | None
    status: str
    reason: str
    intent_us: int
    changed_us: int
    accepted_us: int
    operator: bool
    reduces: bool
    model: str
    decision_price: float | None

    @property
    def working(self) -> bool:
        """True while it may still be filled; an order whose fate is unknown is working until proved
        otherwise.
        """
        return self.status in WORKING

    @property
    def remaining(self) -> float:
        """What is not filled yet."""
        return max(0.0, self.quantity - self.filled)


def order_row(order: pb.Order) -> OrderRow:
    """Reads an order."""
    return OrderRow(
        order.client_order_id,
        order.order_id,
        order.symbol,
        _side(order.side),
        name_of(pb.Order.Type, order.type),
        order.quantity,
        order.price or None,
        order.stop_price or None,
        order.filled_quantity,
        order.avg_fill_price if order.filled_quantity else None,
        name_of(pb.Order.Status, order.status) or "UNKNOWN",
        order.rejection_reason,
        order.intent_us,
        order.timestamp_us,
        order.accepted_us,
        order.origin == pb.Order.OPERATOR,
        order.reduces,
        order.model_version,
        order.decision_price or None,
    )


@dataclass(frozen=True, slots=True)
class FillRow:
    """One execution."""

    execution_id: str
    client_order_id: str
    symbol: str
    side: int
    quantity: float
    price: float
    fee: float
    time_us: int
    maker: bool
    decision_price: float | None


def fill_row(fill: pb.Fill) -> FillRow:
    """Reads a fill."""
    return FillRow(
        fill.execution_id,
        fill.client_order_id,
        fill.symbol,
        _side(fill.side),
        fill.quantity,
        fill.price,
        fill.fee,
        fill.timestamp_us,
        fill.maker,
        fill.decision_price or None,
    )


@dataclass(frozen=True, slots=True)
class PositionRow:
    """One position; `price` is the mark, None without one, and `marked_us` the arrival of that mark."""

    symbol: str
    quantity: float
    cost: float
    price: float | None
    unrealized: float | None
    realized: float
    fees: float
    multiplier: float
    updated_us: int
    marked_us: int

    @property
    def exposure(self) -> float:
        """Signed value at the mark (at cost without one), with the multiplier."""
        return (
            self.quantity * (self.price if self.price is not None else self.cost) * (self.multiplier or 1.0)
        )


def position_row(position: pb.Position) -> PositionRow:
    """Reads a position."""
    marked = position.marked
    return PositionRow(
        position.symbol,
        position.quantity,
        position.avg_cost,
        position.current_price if marked else None,
        position.unrealized_pnl if marked or not position.quantity else None,
        position.realized_pnl,
        position.fees,
        position.multiplier,
        position.last_updated_us,
        position.marked_us,
    )


@dataclass(frozen=True, slots=True)
class SignalRow:
    """One signal, and what became of it once the risk manager has decided."""

    symbol: str
    signal: str
    confidence: float
    event_us: int
    published_us: int
    model: str
    features: tuple[tuple[str, float], ...]
    latency_ns: int
    epoch: int
    sequence: int
    outcome: str = ""
    fate: str = ""

    @property
    def key(self) -> tuple[str, int, int]:
        """What names one signal for ever."""
        return (self.symbol, self.epoch, self.sequence)


def signal_row(signal: pb.TradingSignal) -> SignalRow:
    """Reads a signal."""
    return SignalRow(
        signal.symbol,
        name_of(pb.TradingSignal.Signal, signal.signal),
        signal.confidence,
        signal.timestamp_us,
        signal.published_us,
        signal.model_version or signal.model_hash[:8],
        tuple(sorted(signal.features.items())),
        signal.latency_ns,
        signal.epoch,
        signal.sequence,
    )


@dataclass(frozen=True, slots=True)
class GateRow:
    """One reason why we are not trading."""

    kind: str
    symbol: str
    closed_by: str
    reason: str
    since_us: int
    opens_when: str

    @property
    def scope(self) -> str:
        """The symbol, or the whole desk."""
        return self.symbol or "desk"

    @property
    def title(self) -> str:
        """The kind in words: "stale market data"."""
        return self.kind.lower().replace("_", " ")


def gate_row(gate: pb.Gate) -> GateRow:
    """Reads a gate."""
    kind = name_of(pb.Gate.Kind, gate.kind) or "UNKNOWN"
    return GateRow(kind, gate.symbol, gate.closed_by, gate.reason, gate.since_us, gate.opens_when)


@dataclass(frozen=True, slots=True)
class LimitRow:
    """One limit and its use, in `unit`, at `symbol` the largest. While it `denies`, nothing may add to it."""

    name: str
    limit: float
    value: float
    unit: str
    symbol: str
    denies: bool = False

    @property
    def use(self) -> float:
        """Share of the limit that is used; a limit of zero is used up by anything."""
        if self.limit > 0:
            return max(0.0, self.value / self.limit)
        return 1.0 if self.value > 0 else 0.0


def limit_row(use: pb.LimitUse) -> LimitRow:
    """Reads a limit with its use."""
    return LimitRow(use.name, use.limit, use.value, use.unit, use.symbol, use.denies)


@dataclass(frozen=True, slots=True)
class RiskPicture:
    """The risk manager's figures. `unmarked`: a figure rests on a position without a fresh mark. The trading
    day began at `day_start_us`, with a P&L of `profit_at_day_start` since the desk's first day.
    """

    version: int
    limits: tuple[LimitRow, ...]
    realized: float
    unrealized: float
    gates: tuple[GateRow, ...]
    killed: bool
    unmarked: bool
    received_us: int
    day_start_us: int = 0
    profit_at_day_start: float = 0.0


def risk_picture(state: pb.RiskState, received_us: int) -> RiskPicture:
    """Reads the risk manager's state."""
    return RiskPicture(
        state.limits_version,
        tuple(limit_row(use) for use in state.use),
        state.daily_realized_pnl,
        state.daily_unrealized_pnl,
        tuple(gate_row(gate) for gate in state.gates),
        state.killed,
        state.unmarked,
        received_us,
        state.day_start_us,
        state.realized_at_day_start + state.unrealized_at_day_start,
    )


@dataclass(frozen=True, slots=True)
class KillRow:
    """A kill and the times of the stages that were seen, in their order; `stage` is the newest."""

    symbol: str
    command_id: str
    stage: str
    stages: tuple[tuple[str, int], ...]
    open_before: int
    open_after: int
    unresolved: tuple[tuple[str, str], ...]
    residual: tuple[tuple[str, float], ...]
    operator: str
    reason: str
    detail: str

    @property
    def verified(self) -> bool:
        """True once the venue was asked again and held nothing."""
        return any(stage == "VERIFIED" for stage, _ in self.stages) or self.stage in ("VERIFIED", "RESIDUAL")


def kill_row(stage: pb.KillStage, before: KillRow | None = None) -> KillRow:
    """Reads a stage, and joins it to those of the same command seen before."""
    name = name_of(pb.KillStage.Stage, stage.stage) or "UNKNOWN"
    same = before if before is not None and before.command_id == stage.command_id else None
    earlier = tuple(item for item in same.stages if item[0] != name) if same is not None else ()
    return KillRow(
        stage.symbol,
        stage.command_id,
        name,
        (*earlier, (name, stage.at_us)),
        max(stage.open_before, same.open_before if same is not None else 0),
        stage.open_after,
        tuple((order.client_order_id, order.reason) for order in stage.unresolved),
        tuple((p.symbol, p.quantity) for p in stage.residual) or (same.residual if same is not None else ()),
        stage.operator or (same.operator if same is not None else ""),
        stage.reason or (same.reason if same is not None else ""),
        stage.detail,
    )


@dataclass(frozen=True, slots=True)
class TradingPicture:
    """The engine's durable trading state."""

    desk_paused: bool
    paused_symbols: frozenset[str]
    desk_killed: bool
    killed_symbols: frozenset[str]
    gates: tuple[GateRow, ...]
    venue: str
    more_breaks: int = 0


def trading_picture(state: pb.TradingState) -> TradingPicture:
    """Reads the engine's trading state."""
    return TradingPicture(
        state.desk_paused,
        frozenset(state.paused_symbols),
        state.desk_killed,
        frozenset(state.killed_symbols),
        tuple(gate_row(gate) for gate in state.gates),
        state.venue,
        state.more_breaks,
    )


def _side(side: int) -> int:
    return 1 if side == pb.Order.BUY else -1 if side == pb.Order.SELL else 0


def name_of(enum: object, value: int) -> str:
    """The name of an enum's value; empty when it is unspecified, its number when it is newer than this
    console.
    """
    if value == 0:
        return ""
    try:
        return str(enum.Name(value))  # type: ignore[attr-defined]
    except ValueError:
        return f"#{value}"
