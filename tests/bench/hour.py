"""Hours of market data as fast as a reader takes them: a quote of each symbol for each second."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Self

import zmq

from console.core.identity import now_us
from console.proto import messages_pb2 as pb

HOUR_S = 3_600
EVENT_0_US = 1_704_205_800_000_000


class HoursOfMarketData:
    """Sends from a thread, from the first subscriber on."""

    def __init__(self, address: str, symbols: int, hours: int) -> None:
        self._address, self._symbols = address, symbols
        self._seconds = hours * HOUR_S
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hours", daemon=True)
        self.sent = 0

    @property
    def hours(self) -> float:
        """How much is out."""
        return self.sent / (HOUR_S * self._symbols)

    def _run(self) -> None:
        with zmq.Context() as context, context.socket(zmq.XPUB) as socket:
            # Nothing is dropped: what the reader hasn't taken waits here, and not in the console.
            socket.setsockopt(zmq.SNDHWM, 10_000)
            socket.setsockopt(zmq.XPUB_NODROP, 1)
            socket.setsockopt(zmq.LINGER, 0)
            socket.setsockopt(zmq.SNDTIMEO, 100)
            socket.bind(self._address)
            while not socket.poll(100):
                if self._stop.is_set():
                    return
            socket.recv()
            messages = [
                pb.MarketData(symbol=f"S{n:03}", exchange="SIM", bid_size=7, ask_size=9, epoch=EVENT_0_US)
                for n in range(self._symbols)
            ]
            for second in range(self._seconds):
                for place, message in enumerate(messages):
                    message.timestamp_us = EVENT_0_US + second * 1_000_000
                    message.bid = 100.0 + (second * 7 + place) % 50 / 100
                    message.ask = message.bid + 0.02
                    message.sequence = second + 1
                    message.published_us = now_us()
                    if not self._send(socket, message.SerializeToString()):
                        return
                    self.sent += 1
            self._stop.wait()

    def _send(self, socket: zmq.Socket[bytes], frame: bytes) -> bool:
        while not self._stop.is_set():
            try:
                socket.send(frame)
            except zmq.Again:
                continue
            return True
        return False

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
