"""Messages as rows of a table. Times are ISO 8601 in UTC beside the microseconds they came as."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from console.core.desk import iso
from console.proto import messages_pb2 as pb

T = TypeVar("T")

ORDER_COLUMNS = {
    "time": "changed",
    "client_order_id": "order",
    "symbol": "symbol",
    "side": "side",
    "type": "type",
    "quantity": "quantity",
    "price": "price",
    "filled_quantity": "filled",
    "avg_fill_price": "average",
    "status": "status",
    "rejection_reason": "reason",
}
FILL_COLUMNS = {
    "time": "time",
    "execution_id": "execution",
    "client_order_id": "order",
    "symbol": "symbol",
    "side": "side",
    "quantity": "quantity",
    "price": "price",
    "fee": "fee",
    "maker": "maker",
}
POSITION_COLUMNS = {
    "symbol": "symbol",
    "quantity": "quantity",
    "avg_cost": "average cost",
    "current_price": "mark",
    "unrealized_pnl": "unrealised",
    "realized_pnl": "realised",
    "fees": "fees",
    "time": "changed",
}
SIGNAL_COLUMNS = {
    "time": "bar closed",
    "symbol": "symbol",
    "signal": "signal",
    "confidence": "confidence",
    "model_version": "model",
    "latency_us": "latency µs",
    "sequence": "sequence",
}
COMMAND_COLUMNS = {
    "time": "issued",
    "type": "command",
    "scope": "scope",
    "operator": "operator",
    "host": "host",
    "service": "service",
    "outcome": "outcome",
    "reason": "reason",
    "answer": "answer",
}


def order_row(order: pb.Order) -> dict[str, Any]:
    """An order, with the names and enums of the contract."""
    return {
        "client_order_id": order.client_order_id,
        "order_id": order.order_id,
        "symbol": order.symbol,
        "side": pb.Order.Side.Name(order.side),
        "type": pb.Order.Type.Name(order.type),
        "status": pb.Order.Status.Name(order.status),
        "quantity": order.quantity,
        "price": order.price if order.type in (pb.Order.LIMIT, pb.Order.STOP_LIMIT) else None,
        "stop_price": order.stop_price if order.type in (pb.Order.STOP, pb.Order.STOP_LIMIT) else None,
        "filled_quantity": order.filled_quantity,
        "avg_fill_price": order.avg_fill_price if order.filled_quantity else None,
        "rejection_reason": order.rejection_reason,
        "time": iso(order.timestamp_us),
        "timestamp_us": order.timestamp_us,
        "intent_us": order.intent_us,
        "accepted_us": order.accepted_us,
        "origin": pb.Order.Origin.Name(order.origin),
        "reduces": order.reduces,
        "model_version": order.model_version,
        "model_hash": order.model_hash,
        "signal_sequence": order.signal_sequence,
        "command_id": order.command_id,
    }


def fill_row(fill: pb.Fill) -> dict[str, Any]:
    """A fill."""
    return {
        "execution_id": fill.execution_id,
        "client_order_id": fill.client_order_id,
        "order_id": fill.order_id,
        "symbol": fill.symbol,
        "side": pb.Order.Side.Name(fill.side),
        "quantity": fill.quantity,
        "price": fill.price,
        "fee": fill.fee,
        "maker": fill.maker,
        "venue_sequence": fill.venue_sequence,
        "decision_price": fill.decision_price,
        "time": iso(fill.timestamp_us),
        "timestamp_us": fill.timestamp_us,
    }


def position_row(position: pb.Position) -> dict[str, Any]:
    """A position; without a mark it has no price and, unless flat, no unrealised P&L."""
    marked = position.marked
    return {
        "symbol": position.symbol,
        "quantity": position.quantity,
        "avg_cost": position.avg_cost,
        "current_price": position.current_price if marked else None,
        "unrealized_pnl": position.unrealized_pnl if marked or position.quantity == 0 else None,
        "realized_pnl": position.realized_pnl,
        "fees": position.fees,
        "multiplier": position.multiplier,
        "marked": marked,
        "marked_time": iso(position.marked_us),
        "time": iso(position.last_updated_us),
        "last_updated_us": position.last_updated_us,
    }


def signal_row(signal: pb.TradingSignal) -> dict[str, Any]:
    """A signal with its features."""
    return {
        "symbol": signal.symbol,
        "signal": pb.TradingSignal.Signal.Name(signal.signal),
        "confidence": signal.confidence,
        "time": iso(signal.timestamp_us),
        "timestamp_us": signal.timestamp_us,
        "published": iso(signal.published_us),
        "model_version": signal.model_version,
        "model_hash": signal.model_hash,
        "latency_us": signal.latency_ns / 1000,
        "sequence": signal.sequence,
        "features": dict(sorted(signal.features.items())),
    }


def command_row(record: pb.CommandRecord) -> dict[str, Any]:
    """A command and one service's answer."""
    command, result = record.command, record.result
    return {
        "command_id": command.command_id,
        "type": pb.StrategyCommand.Type.Name(command.type),
        "scope": command.symbol or "desk",
        "parameters": dict(sorted(command.parameters.items())),
        "order": command.order_id,
        "reason": command.reason,
        "operator": command.operator,
        "os_user": command.os_user,
        "host": command.host,
        "session": command.session,
        "service": result.service,
        "outcome": pb.CommandResult.Outcome.Name(result.outcome),
        "answer": result.reason,
        "missing": list(result.missing),
        "time": iso(command.issued_us),
        "issued_us": command.issued_us,
        "received_us": result.received_us,
        "done_us": result.done_us,
    }


def chosen(
    messages: Iterable[T],
    row: Callable[[T], dict[str, Any]],
    *,
    symbol: str | None,
    since_us: int | None,
    at: str,
) -> list[dict[str, Any]]:
    """The rows of `symbol` from `since_us` on, by the time in the column `at`, oldest first."""
    rows = [row(message) for message in messages]
    rows = [r for r in rows if symbol is None or r["symbol"] == symbol]
    rows = [r for r in rows if since_us is None or r[at] >= since_us]
    return sorted(rows, key=lambda r: r[at])
