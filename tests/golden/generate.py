"""The golden messages: one of each kind that crosses a border, as bytes and as text.

    python -m tests.golden.generate [--write]

`messages/NAME.bin` holds the bytes that travel; `messages/NAME.json` says which message it is, its fields in
protobuf's JSON form, and for one that must not pass the field it is refused for. Without `--write` the files
are only compared with what would be written. Both languages test against the files, so that a change of the
contract that breaks old bytes shows on either side.

Values of maps are never zero here: one encoder writes a zero in a map's entry and the other leaves it out,
and both are right.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

from console.proto import messages_pb2 as pb
from tests.golden.samples import (
    LAST_SEQUENCE,
    LAST_STAMP,
    LAST_TIME,
    STAMP,
    TIME,
    command,
    denial,
    fill,
    gate,
    kill,
    limit_order,
    plain_stop_order,
    pong,
    position,
    result,
    signal,
    stop_order,
    trade,
    trading_state,
    unknown_order,
)

FOLDER = Path(__file__).with_name("messages")


@dataclass(frozen=True, slots=True)
class Golden:
    """One message; `refused` is `Message.field` when the exact types must refuse it."""

    message: Message
    refused: str | None = None

    def text(self) -> str:
        """The file beside the bytes."""
        described: dict[str, object] = {"message": self.message.DESCRIPTOR.name}
        if self.refused is not None:
            described["refused"] = self.refused
        described["fields"] = MessageToDict(self.message, preserving_proto_field_name=True)
        return json.dumps(described, ensure_ascii=False, indent=2, sort_keys=True) + "\n"

    def data(self) -> bytes:
        """The bytes on the wire."""
        return self.message.SerializeToString(deterministic=True)


def _order_without(*fields: str) -> pb.Order:
    order = limit_order()
    for name in fields:
        order.ClearField(name)
    return order


def _order_of(quantity: float) -> pb.Order:
    order = limit_order()
    order.quantity = quantity
    return order


def _fill_without(field: str) -> pb.Fill:
    message = fill()
    message.ClearField(field)
    return message


def _execution(event: pb.ExecutionEvent) -> Golden:
    event.MergeFrom(pb.ExecutionEvent(at_us=LAST_TIME, **LAST_STAMP))
    return Golden(event)


def _risk(event: pb.RiskEvent) -> Golden:
    event.MergeFrom(pb.RiskEvent(at_us=TIME, **STAMP))
    return Golden(event)


def goldens() -> dict[str, Golden]:
    """All of them, by the name of their files."""
    record = pb.CommandRecord(command=command(), result=result())
    return {
        "market_data_trade": Golden(trade()),
        "market_data_ask_only": Golden(
            pb.MarketData(symbol="BRK.B", ask=0.000000001, ask_size=1, timestamp_us=LAST_TIME, **LAST_STAMP)
        ),
        "trading_signal": Golden(signal()),
        "order_limit_working": Golden(limit_order()),
        "order_unknown": Golden(unknown_order()),
        "order_stop": Golden(plain_stop_order()),
        "order_stop_limit": Golden(stop_order()),
        "fill_rebate": Golden(fill()),
        "position_short": Golden(position()),
        "gate": Golden(gate()),
        "kill_stage_unresolved": Golden(kill()),
        "execution_event_order": _execution(pb.ExecutionEvent(order=limit_order())),
        "execution_event_fill": _execution(pb.ExecutionEvent(fill=fill())),
        "execution_event_position": _execution(pb.ExecutionEvent(position=position())),
        "execution_event_state": _execution(pb.ExecutionEvent(state=trading_state())),
        "execution_event_kill": _execution(pb.ExecutionEvent(kill=kill())),
        "execution_event_command": _execution(pb.ExecutionEvent(command=record)),
        "risk_event_denied": _risk(pb.RiskEvent(decision=denial())),
        "risk_event_gate_closed": _risk(pb.RiskEvent(gate_closed=gate())),
        "strategy_command": Golden(command()),
        "command_result": Golden(result()),
        "control_request_replay": Golden(
            pb.ControlRequest(
                request_id="018dfa4e-6d40-7000-8000-000000000005",
                replay=pb.ReplayRequest(from_sequence=LAST_SEQUENCE, limit=1_000),
            )
        ),
        "control_request_ping": Golden(pb.ControlRequest(request_id="r-1", ping=pb.Ping())),
        "control_reply_pong": Golden(
            pb.ControlReply(request_id="r-1", service="execution-engine", pong=pong())
        ),
        "venue_request_submit": Golden(pb.VenueRequest(request_id="r-2", submit=limit_order())),
        "venue_reply_executions": Golden(
            pb.VenueReply(
                request_id="r-3",
                ok=True,
                venue="PAPER",
                execution_sequence=LAST_SEQUENCE,
                executions=pb.Executions(fills=[fill(), fill()], last_sequence=LAST_SEQUENCE),
                at_us=TIME,
            )
        ),
        "refused_market_data_empty": Golden(pb.MarketData(), "Symbol.symbol"),
        "refused_market_data_nan_bid": Golden(
            pb.MarketData(symbol="ESH4", bid=float("nan")), "MarketData.bid"
        ),
        "refused_order_empty": Golden(pb.Order(), "Order.client_order_id"),
        "refused_order_without_side": Golden(_order_without("side"), "Order.side"),
        "refused_order_without_type": Golden(_order_without("type"), "Order.type"),
        "refused_order_nan_quantity": Golden(_order_of(float("nan")), "Order.quantity"),
        "refused_order_infinite_quantity": Golden(_order_of(float("inf")), "Order.quantity"),
        "refused_fill_empty": Golden(pb.Fill(), "Fill.execution_id"),
        "refused_fill_without_side": Golden(_fill_without("side"), "Order.side"),
        "refused_gate_empty": Golden(pb.Gate(), "Gate.kind"),
    }


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--write", action="store_true", help="write the files anew")
    write = parser.parse_args().write
    wanted: dict[Path, bytes] = {}
    for name, golden in goldens().items():
        wanted[FOLDER / f"{name}.bin"] = golden.data()
        wanted[FOLDER / f"{name}.json"] = golden.text().encode()
    found = {path: path.read_bytes() for path in FOLDER.iterdir()}
    different = [path for path in wanted.keys() | found.keys() if wanted.get(path) != found.get(path)]
    for path in sorted(different):
        print(path.name)
        if write and path in wanted:
            path.write_bytes(wanted[path])
        elif write:
            path.unlink()
    return 0 if write or not different else 1


if __name__ == "__main__":
    sys.exit(main())
