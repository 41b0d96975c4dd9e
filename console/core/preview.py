"""What a command would touch and what it would not, from the newest frame: shown before it is sent. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from console.core.commands import Intent, Kind
from console.core.format import compact, number, quantity
from console.core.frame import Frame
from console.core.records import OrderRow

NAMED_ORDERS = 3
BY_LAST_WORD = "Orders and positions are the last word of a service that is silent."


# What the engine does about a break of that kind.
DECIDED = {
    ("ORDER", "adopt"): "The desk takes the order over as the venue has it",
    ("ORDER", "flatten"): "The order is cancelled at the venue",
    ("MISSING", "adopt"): "The order ends at the desk too",
    ("FILL", "adopt"): "The venue's word on the execution is booked",
    ("FILL", "flatten"): "The whole position is closed at the market",
    ("STORE", "adopt"): "The journal's word is written to the database again",
    ("POSITION", "adopt"): "The difference is booked at the mid of now",
    (
        "POSITION",
        "flatten",
    ): "The difference is booked, and an order at the market closes it",
}
IGNORED = "The gate opens, and the worse of both counts as exposure until it changes"
UNDECIDED = "The desk decides by what the break is"


@dataclass(frozen=True, slots=True)
class Preview:
    """Two sentences; `leaves` may be empty."""

    touches: str
    leaves: str = ""


def preview(intent: Intent, frame: Frame) -> Preview:
    """The consequences of a command, as far as this console can see."""
    told = _preview(intent, frame)
    if not frame.book_stale:
        return told
    return Preview(told.touches, f"{told.leaves} {BY_LAST_WORD}".strip())


def _preview(intent: Intent, frame: Frame) -> Preview:
    match intent.kind:
        case Kind.PAUSE:
            where = intent.symbol or "any symbol"
            return Preview(
                f"Nothing that raises risk is approved in {where} any more.", _stays(intent.symbol, frame)
            )
        case Kind.RESUME:
            return _resume(intent.symbol, frame)
        case Kind.CANCEL:
            return _cancel(intent, frame)
        case Kind.FLATTEN:
            return _flatten(intent.symbol, frame)
        case Kind.KILL:
            orders = _orders(intent.symbol, frame)
            return Preview(
                f"It cancels {_count(len(orders), 'open order')}{_worth(orders)}, and trading stays stopped "
                "until it is re-armed.",
                _held(intent.symbol, frame),
            )
        case Kind.REARM:
            where = intent.symbol or "the whole desk"
            return Preview(
                f"It ends the kill of {where} if engine and risk manager agree, and leaves {where} paused.",
                "No order is sent: trading goes on only after resume. Other kills and pauses stay.",
            )
        case Kind.LIMITS:
            return _limits(intent, frame)
        case Kind.BREAK:
            return _break(intent, frame)


def _orders(symbol: str, frame: Frame) -> list[OrderRow]:
    return [order for order in frame.desk.orders if order.working and symbol in ("", order.symbol)]


def _count(number_of: int, what: str) -> str:
    return f"{number_of} {what}{'s' * (number_of != 1)}"


def _stay(number_of: int) -> str:
    return "stays" if number_of == 1 else "stay"


def _worth(orders: list[OrderRow]) -> str:
    worth = sum(order.remaining * (order.price or 0.0) for order in orders)
    return f" worth {compact(worth)}" if worth else ""


def _held(symbol: str, frame: Frame) -> str:
    held = [p for p in frame.desk.positions if p.quantity and symbol in ("", p.symbol)]
    exposure = sum(abs(position.exposure) for position in held)
    return f"{_count(len(held), 'position')} with an exposure of {compact(exposure)} are kept."


def _stays(symbol: str, frame: Frame) -> str:
    orders = _orders(symbol, frame)
    count = len(orders)
    return f"{_count(count, 'working order')}{_worth(orders)} {_stay(count)}, and reductions pass."


def _resume(symbol: str, frame: Frame) -> Preview:
    mine = [g for g in frame.desk.gates if g.kind == "OPERATOR_PAUSE" and g.symbol == symbol]
    others = [gate for gate in frame.desk.gates if gate not in mine]
    stays = ", ".join(f"{gate.title} ({gate.scope})" for gate in others[:NAMED_ORDERS])
    if len(others) > NAMED_ORDERS:
        stays += f" and {len(others) - NAMED_ORDERS} more"
    leaves = f"Closed all the same: {stays}." if others else ""
    if not mine:
        return Preview("No operator's pause is closed there.", leaves)
    return Preview("Only the operator's pause is lifted." if others else "Trading goes on at once.", leaves)


def _cancel(intent: Intent, frame: Frame) -> Preview:
    working = _orders("", frame)
    mine = [
        order
        for order in working
        if (order.client_order_id == intent.order if intent.order else intent.symbol in ("", order.symbol))
    ]
    names = ", ".join(_order_text(order, frame) for order in mine[:NAMED_ORDERS])
    if len(mine) > NAMED_ORDERS:
        names += f" and {len(mine) - NAMED_ORDERS} more"
    touches = f"It cancels {_count(len(mine), 'order')}{_worth(mine)}: {names}." if mine else (
        "This console knows no such working order; the venue is asked all the same."
    )  # fmt: skip
    others = len(working) - len(mine)
    leaves = f"{_count(others, 'other working order')} {_stay(others)}." if others else ""
    if not intent.order:
        leaves = (leaves + " Trading goes on: the strategy may send new ones.").strip()
    return Preview(touches, leaves)


def _order_text(order: OrderRow, frame: Frame) -> str:
    side = "buy" if order.side > 0 else "sell"
    price = number(order.price, frame.decimals(order.symbol)) if order.price is not None else "market"
    return f"{side} {quantity(order.remaining)} {order.symbol} at {price}"


def _flatten(symbol: str, frame: Frame) -> Preview:
    position = next((p for p in frame.desk.positions if p.symbol == symbol and p.quantity), None)
    orders = _orders(symbol, frame)
    count = len(orders)
    stays = f"{_count(count, 'working order')} in {symbol} {_stay(count)}." if orders else ""
    if position is None:
        return Preview(f"This console knows no position in {symbol}.", stays)
    verb = "sells" if position.quantity > 0 else "buys"
    old = " by an old mark" if frame.position_stale(position) else ""
    return Preview(
        f"It {verb} {quantity(abs(position.quantity))} {symbol} at the market: exposure "
        f"{compact(abs(position.exposure))}{old} closes.",
        stays,
    )


def _limits(intent: Intent, frame: Frame) -> Preview:
    known = {limit.name: limit for limit in frame.desk.risk.limits} if frame.desk.risk is not None else {}
    told = []
    for name, value in intent.limits.items():
        limit = known.get(name)
        if limit is None:
            told.append(f"{name} = {value:,g}")
            continue
        over = f", {limit.value:,g} is used already" if limit.value > value else ""
        told.append(f"{name} is {limit.limit:,g} now, {limit.value:,g} used, becomes {value:,g}{over}")
    return Preview("; ".join(told) + ".", "Working orders stay; the other limits keep their values.")


def _break(intent: Intent, frame: Frame) -> Preview:
    found = next((row for row in frame.desk.breaks if row.id == intent.break_id), None)
    if found is None:
        return Preview(f"This console knows no break {intent.break_id}.")
    kind = found.kind
    if found.id.startswith("store:"):
        kind = "STORE"
    elif kind == "ORDER" and found.venue is None:
        kind = "MISSING"
    does = IGNORED if intent.action == "ignore" else DECIDED.get((kind, intent.action), UNDECIDED)
    return Preview(f"{does}: {found.detail or found.sentence}.", "Other breaks and their gates stay.")
