"""One message of each kind, with the numbers and words that are lost most easily on the way."""

from __future__ import annotations

from typing import Any

from console.proto import messages_pb2 as pb

# The largest numbers of the wire: a reader that goes through doubles or 32 bits loses them.
LAST_TIME = 2**63 - 1
LAST_SEQUENCE = 2**64 - 1
# 2024-03-01 14:30:00 UTC.
TIME = 1_709_303_400_000_000
STAMP: dict[str, Any] = {
    "epoch": 1_709_303_399_123_456,
    "sequence": 4_294_967_297,
    "published_us": TIME + 250,
}
LAST_STAMP: dict[str, Any] = {"epoch": LAST_SEQUENCE, "sequence": LAST_SEQUENCE, "published_us": LAST_TIME}
UNICODE = "Überschreitung: 価格 > ½ limit — отказ 🛑"


def limit_order() -> pb.Order:
    """A working limit order with every field of its kind."""
    return pb.Order(
        order_id="V-17",
        client_order_id="q1709303399-42",
        symbol="ESH4",
        side=pb.Order.BUY,
        quantity=3,
        price=4800.25,
        type=pb.Order.LIMIT,
        status=pb.Order.PARTIALLY_FILLED,
        timestamp_us=TIME + 900,
        filled_quantity=1,
        avg_fill_price=4800,
        model_hash="9f" * 32,
        signal_sequence=77,
        intent_us=TIME + 400,
        valid_until_us=TIME + 2_000_400,
        origin=pb.Order.STRATEGY,
        reduces=True,
        limits_version=LAST_SEQUENCE,
        model_version="momentum-3",
        decision_price=4800.125,
        market_published_us=TIME + 250,
        signal_published_us=TIME + 300,
        accepted_us=TIME + 800,
        signal_epoch=1_709_303_399_000_001,
        **STAMP,
    )


def unknown_order() -> pb.Order:
    """An order whose fate nobody knows, wanted by a person."""
    return pb.Order(
        client_order_id="operator-1",
        symbol="BRK.B",
        side=pb.Order.SELL,
        quantity=0.000000001,
        type=pb.Order.MARKET,
        status=pb.Order.UNKNOWN,
        timestamp_us=LAST_TIME,
        rejection_reason=UNICODE,
        origin=pb.Order.OPERATOR,
        command_id="018dfa4e-6d40-7000-8000-000000000001",
        **LAST_STAMP,
    )


def stop_order() -> pb.Order:
    """A stop-limit: both prices."""
    return pb.Order(
        order_id="V-18",
        client_order_id="q1709303399-43",
        symbol="ESH4",
        side=pb.Order.SELL,
        quantity=2.5,
        price=4790.25,
        stop_price=4790.5,
        type=pb.Order.STOP_LIMIT,
        status=pb.Order.SUBMITTED,
        timestamp_us=TIME,
        origin=pb.Order.STRATEGY,
        **STAMP,
    )


def plain_stop_order() -> pb.Order:
    """A stop: a trigger and no limit."""
    order = stop_order()
    order.type = pb.Order.STOP
    order.ClearField("price")
    return order


def fill() -> pb.Fill:
    """A rebate, with as many decimals as there are."""
    return pb.Fill(
        execution_id="E-9007199254740993",
        client_order_id="q1709303399-42",
        order_id="V-17",
        symbol="ESH4",
        side=pb.Order.BUY,
        quantity=0.123456789,
        price=1.000000001,
        fee=-0.250000001,
        timestamp_us=TIME + 850,
        maker=True,
        venue_sequence=LAST_SEQUENCE,
        decision_price=1.5,
        **LAST_STAMP,
    )


def position() -> pb.Position:
    """A short position with a mark."""
    return pb.Position(
        symbol="ESH4",
        quantity=-2.000000001,
        avg_cost=4800.125,
        current_price=4799.875,
        unrealized_pnl=25.0000000125,
        realized_pnl=-1234.5,
        last_updated_us=TIME,
        marked=True,
        marked_us=TIME - 1,
        fees=4.56,
        multiplier=50,
        **STAMP,
    )


def signal() -> pb.TradingSignal:
    """A signal with its features."""
    return pb.TradingSignal(
        symbol="ESH4",
        signal=pb.TradingSignal.SELL,
        confidence=0.625,
        timestamp_us=TIME,
        features={"rsi": -0.5, "ema_gap": 1e-9, "volatility": 1e300, "Z": 1.0, "ä": 2.0},
        model_version="momentum-3",
        model_hash="9f" * 32,
        latency_ns=187_000,
        market_published_us=TIME + 250,
        market_sequence=LAST_SEQUENCE,
        **STAMP,
    )


def gate() -> pb.Gate:
    """A gate of one symbol."""
    return pb.Gate(
        kind=pb.Gate.STALE_MARKET_DATA,
        symbol="ESH4",
        closed_by="risk-manager",
        reason=UNICODE,
        since_us=TIME,
        opens_when="a fresh quote arrives",
    )


def kill() -> pb.KillStage:
    """A kill that is not proven for one order, and leaves a position."""
    return pb.KillStage(
        command_id="018dfa4e-6d40-7000-8000-000000000002",
        stage=pb.KillStage.RESIDUAL,
        at_us=TIME,
        open_before=2**32 - 1,
        open_after=1,
        unresolved=[pb.KillStage.Unresolved(client_order_id="q1709303399-43", reason=UNICODE)],
        residual=[position()],
        operator="ana",
        reason="drill",
        detail="1 order unresolved",
        cancelled_unknown=["by-hand-1"],
    )


def command() -> pb.StrategyCommand:
    """New limits."""
    return pb.StrategyCommand(
        type=pb.StrategyCommand.UPDATE_RISK_LIMITS,
        parameters={"max_position": 12.5, "daily_loss": 5000, "collar": 0.01},
        reason=UNICODE,
        command_id="018dfa4e-6d40-7000-8000-000000000003",
        valid_until_us=TIME + 5_000_000,
        operator="ana",
        host="desk-1",
        session="018dfa4e-6d40-7000-8000-000000000004",
        os_user="ana",
        issued_us=TIME,
    )


def result() -> pb.CommandResult:
    """A refused re-arm that says what it needs."""
    return pb.CommandResult(
        command_id="018dfa4e-6d40-7000-8000-000000000003",
        service="execution-engine",
        outcome=pb.CommandResult.REFUSED,
        reason=UNICODE,
        missing=["the venue's answer", "a fresh mark of ESH4"],
        working_orders=2,
        received_us=TIME,
        done_us=LAST_TIME,
        limits=[pb.LimitUse(name="max_position", limit=12.5, value=-2, unit="contracts", symbol="ESH4")],
        kill=kill(),
        before="killed",
        after="killed",
    )


def trading_state() -> pb.TradingState:
    """Paused here, killed there."""
    return pb.TradingState(
        desk_paused=True,
        paused_symbols=["AAPL", "ESH4"],
        killed_symbols=["BRK.B"],
        gates=[gate()],
        limits_version=LAST_SEQUENCE,
        kills=[kill()],
        venue="PAPER",
    )


def denial() -> pb.RiskDecision:
    """A denied order with the limit and the value."""
    return pb.RiskDecision(
        outcome=pb.RiskDecision.DENIED,
        signal=signal(),
        order=limit_order(),
        denial=pb.Denial(
            check=pb.Denial.GATE_CLOSED, limit=15, value=16.5, reason=UNICODE, gate=pb.Gate.STALE_MARKET_DATA
        ),
        reason="stale",
    )


def pong() -> pb.Pong:
    """The engine's answer, with maps of both kinds."""
    return pb.Pong(
        service="execution-engine",
        pid=4_194_304,
        state=pb.Pong.DEGRADED,
        detail=UNICODE,
        epoch=STAMP["epoch"],
        last_sequence=LAST_SEQUENCE,
        last_sequences={"ESH4": LAST_SEQUENCE, "AAPL": 1},
        started_us=TIME,
        now_us=TIME + 1,
        gates=[gate()],
        counters={"fills": 12, "orders": 34},
        store=pb.StoreStatus(state=pb.StoreStatus.BEHIND, lag_ms=-1, backlog=LAST_SEQUENCE, detail="slow"),
        trading=trading_state(),
        venue="PAPER",
        home="/var/lib/desk",
    )


def trade() -> pb.MarketData:
    """A trade on a full touch."""
    return pb.MarketData(
        symbol="ESH4",
        price=4800.25,
        volume=2,
        timestamp_us=TIME,
        exchange="CME",
        bid=4800,
        ask=4800.25,
        bid_size=14,
        ask_size=9,
        aggressor=pb.MarketData.BUYER,
        **STAMP,
    )
