"""Short ways to the messages the tests feed in."""

from __future__ import annotations

from console.proto import messages_pb2 as pb

SECOND = 1_000_000
T0 = 1_700_000_000 * SECOND
STATUS = pb.Order.Status


def order(
    name="q1-1", status="SUBMITTED", *, symbol="ALFA", side="BUY", quantity=100, filled=0, at=T0, **more
):
    return pb.Order(
        client_order_id=name,
        symbol=symbol,
        side=pb.Order.Side.Value(side),
        quantity=quantity,
        type=pb.Order.LIMIT,
        status=STATUS.Value(status),
        filled_quantity=filled,
        timestamp_us=at,
        intent_us=more.pop("intent_us", at),
        **more,
    )


def fill(
    execution="X1", name="q1-1", *, quantity=10.0, price=100.0, symbol="ALFA", side="BUY", at=T0, **more
):
    return pb.Fill(
        execution_id=execution,
        client_order_id=name,
        symbol=symbol,
        side=pb.Order.Side.Value(side),
        quantity=quantity,
        price=price,
        timestamp_us=at,
        **more,
    )


def position(symbol="ALFA", quantity=100.0, *, cost=10.0, price=11.0, marked_us=T0, **more):
    return pb.Position(
        symbol=symbol,
        quantity=quantity,
        avg_cost=cost,
        current_price=price or 0.0,
        marked=price is not None,
        marked_us=marked_us if price is not None else 0,
        unrealized_pnl=(price - cost) * quantity if price is not None else 0.0,
        multiplier=more.pop("multiplier", 1.0),
        **more,
    )


def gate(
    kind="OPERATOR_PAUSE",
    symbol="",
    *,
    by="ann@deck",
    reason="paused",
    since=T0,
    opens="an operator resumes it",
):
    return pb.Gate(
        kind=pb.Gate.Kind.Value(kind),
        symbol=symbol,
        closed_by=by,
        reason=reason,
        since_us=since,
        opens_when=opens,
    )


def kill(stage, *, at=T0, command="k1", symbol="", **more):
    return pb.KillStage(
        command_id=command, symbol=symbol, stage=pb.KillStage.Stage.Value(stage), at_us=at, **more
    )


def execution(sequence=0, *, epoch=1, at=T0, **event):
    return pb.ExecutionEvent(sequence=sequence, epoch=epoch, at_us=at, published_us=at, **event)


def signal(symbol="ALFA", kind="BUY", *, sequence=1, epoch=1, confidence=0.7, at=T0):
    return pb.TradingSignal(
        symbol=symbol,
        signal=pb.TradingSignal.Signal.Value(kind),
        confidence=confidence,
        timestamp_us=at,
        published_us=at,
        sequence=sequence,
        epoch=epoch,
        model_version="v1",
    )
