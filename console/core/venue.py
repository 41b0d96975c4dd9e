"""Asking the venue itself: the witness that counts after a kill, and the way out when the engine is gone."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

import zmq

from console.core.config import SystemConfig
from console.core.control import NoAnswer, dealer
from console.core.identity import uuid7
from console.proto import messages_pb2 as pb

VENUE = "paper-venue"
# Executions asked for at a time.
PAGE = 1000


class VenueError(Exception):
    """The venue refused; the text is its own reason."""


class VenueClient:
    """A connection to the venue's order entry for the desk's session. Use it from one thread at a time."""

    def __init__(
        self, address: str, session: str, *, context: zmq.Context[zmq.Socket[bytes]] | None = None
    ) -> None:
        self._socket = dealer(context if context is not None else zmq.Context.instance(), address)
        self.session = session
        self.timeout_s = 1.0
        self._standing: pb.LogonReply | None = None

    @classmethod
    def of(cls, config: SystemConfig) -> VenueClient:
        """A connection to the venue of the desk with this configuration."""
        return cls(config.address("venue"), str(config.section("execution")["session"]))

    def logon(self) -> pb.LogonReply:
        """Name the session that queries and cancels on this connection are about; done by itself at first."""
        logon = pb.Logon(session=self.session, cancel_on_disconnect=False)
        self._standing = self._exchange(pb.VenueRequest(logon=logon)).logon
        return self._standing

    def last_execution(self) -> int:
        """The number of the session's newest execution."""
        return self.logon().last_execution

    def open_orders(self, symbol: str = "") -> list[pb.Order]:
        """Every order the venue holds open for the session."""
        reply = self.ask(pb.VenueRequest(open_orders=pb.OpenOrdersQuery(symbol=symbol)))
        return list(reply.orders.orders)

    def executions(self, from_sequence: int = 1) -> list[pb.Fill]:
        """Every execution from a sequence on, page by page."""
        fills: list[pb.Fill] = []
        while True:
            query = pb.ExecutionsQuery(from_sequence=from_sequence, limit=PAGE)
            page = self.ask(pb.VenueRequest(executions=query)).executions
            fills.extend(page.fills)
            if not page.fills or page.fills[-1].venue_sequence >= page.last_sequence:
                return fills
            from_sequence = page.fills[-1].venue_sequence + 1

    def positions(self) -> list[pb.Position]:
        """The positions as the venue counts them."""
        return list(self.ask(pb.VenueRequest(positions=pb.PositionsQuery())).positions.positions)

    def mass_cancel(self, reason: str, symbol: str = "", *, kill_id: str) -> pb.MassCancelReply:
        """Cancel every open order of the session, also those nobody here knows, and block new ones.

        The block belongs to the kill `kill_id`: only what names that kill lifts it.
        """
        request = pb.MassCancel(symbol=symbol, block=True, reason=reason, kill_id=kill_id)
        return self.ask(pb.VenueRequest(mass_cancel=request)).mass_cancel

    def ask(self, request: pb.VenueRequest) -> pb.VenueReply:
        """The venue's reply. Raises `NoAnswer` at the deadline, `VenueError` when it refuses."""
        if self._standing is None:
            self.logon()
        return self._exchange(request)

    def _exchange(self, request: pb.VenueRequest) -> pb.VenueReply:
        request.request_id = uuid7()
        deadline = time.monotonic() + self.timeout_s
        if not self._socket.poll(self._left_ms(deadline), zmq.POLLOUT):
            raise NoAnswer("the venue", self.timeout_s, sent=False)
        self._socket.send(request.SerializeToString())
        while self._socket.poll(self._left_ms(deadline), zmq.POLLIN):
            reply = pb.VenueReply.FromString(self._socket.recv_multipart()[-1])
            # Reports of the session have no request id; they are for the engine.
            if reply.request_id == request.request_id:
                if not reply.ok:
                    raise VenueError(f"The venue refused: {reply.reason}")
                return reply
        raise NoAnswer("the venue", self.timeout_s, sent=True)

    def close(self) -> None:
        """Close the connection."""
        self._socket.close(linger=0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @staticmethod
    def _left_ms(deadline: float) -> int:
        return max(0, round((deadline - time.monotonic()) * 1000))
