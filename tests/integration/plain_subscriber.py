"""A reader that knows only messages.proto and ZeroMQ, as anybody outside the desk would write one.

    plain_subscriber.py ADDRESS PROTO OUTPUT

Compiles the contract itself, subscribes to everything, prints `ready`, and on SIGTERM writes what it saw:
rows, rows out of order, gaps in the sequence, and rows older than their predecessor.
"""

import importlib
import json
import signal
import sys
import tempfile
from pathlib import Path

import zmq
from grpc_tools import protoc


def main(address: str, proto: str, output: str) -> None:
    """Read until told to stop."""
    with tempfile.TemporaryDirectory() as folder:
        protoc.main(["protoc", f"-I{Path(proto).parent}", f"--python_out={folder}", proto])
        sys.path.insert(0, folder)
        contract = importlib.import_module("messages_pb2")
    socket = zmq.Context().socket(zmq.SUB)
    socket.setsockopt(zmq.RCVHWM, 1_000_000)
    socket.setsockopt(zmq.RCVTIMEO, 100)
    socket.subscribe(b"")
    socket.connect(address)
    stop: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: stop.append(number))
    print("ready", flush=True)
    seen = {"rows": 0, "gaps": 0, "disordered": 0, "back_in_time": 0, "trades": 0}
    last: dict[str, tuple[int, int]] = {}
    while True:
        try:
            frame = socket.recv()
        except zmq.Again:
            if stop:
                break
            continue
        row = contract.MarketData()
        row.ParseFromString(frame)
        seen["rows"] += 1
        seen["trades"] += row.HasField("price")
        sequence, event_us = last.get(row.symbol, (0, 0))
        if row.sequence <= sequence:
            seen["disordered"] += 1
        elif row.sequence > sequence + 1:
            seen["gaps"] += row.sequence - sequence - 1
        seen["back_in_time"] += row.timestamp_us < event_us
        last[row.symbol] = (row.sequence, row.timestamp_us)
    Path(output).write_text(json.dumps(seen))


if __name__ == "__main__":
    main(*sys.argv[1:])
