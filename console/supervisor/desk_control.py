"""The supervisor's own endpoint, `desk-control.ipc`: JSON questions and answers.

A question is one frame, `{"id": …, "do": "status" | "events" | "down"}`; the answer repeats the id and says
`ok`, or why not.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import zmq

from console.core.paths import Home

HIGH_WATER_MARK = 256
LINGER_MS = 200
# Answered in one look: whoever asks more waits for the next one.
QUESTIONS = 64
# A question has some dozen bytes; a peer that sends more than this is disconnected.
LARGEST = 1 << 20


class DeskControl:
    """The ROUTER behind the endpoint. Its owner holds the supervisor's lock, so it steals from nobody."""

    def __init__(self, home: Home, answer: Callable[[str], dict[str, Any]]) -> None:
        self._answer = answer
        self.socket: zmq.Socket[bytes] = zmq.Context.instance().socket(zmq.ROUTER)
        self.socket.setsockopt(zmq.LINGER, LINGER_MS)
        self.socket.setsockopt(zmq.SNDHWM, HIGH_WATER_MARK)
        self.socket.setsockopt(zmq.RCVHWM, HIGH_WATER_MARK)
        self.socket.setsockopt(zmq.MAXMSGSIZE, LARGEST)
        self._address = home.desk_control
        self.file = Path(self._address.removeprefix("ipc://"))
        self.socket.bind(self._address)

    def bind_again(self) -> bool:
        """Bind anew when the socket file was deleted; True when it was."""
        if self.file.exists():
            return False
        self.socket.unbind(self._address)
        self.socket.bind(self._address)
        return True

    def serve(self) -> None:
        """Answer what was asked, so much that the services aren't left alone for it; never blocks."""
        for _ in range(QUESTIONS):
            try:
                peer, *_, frame = self.socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return
            self.socket.send_multipart([peer, json.dumps(self._reply(frame)).encode()])

    def _reply(self, frame: bytes) -> dict[str, Any]:
        try:
            question = json.loads(frame)
            number, verb = question["id"], str(question["do"])
        except (ValueError, KeyError, TypeError, RecursionError):
            return {
                "id": None,
                "ok": False,
                "error": 'A question is {"id": …, "do": "status", "events" or "down"}.',
            }
        try:
            return {"id": number, "ok": True, **self._answer(verb)}
        except ValueError as error:
            return {"id": number, "ok": False, "error": str(error)}

    def close(self) -> None:
        """Close the endpoint once the last answer is out."""
        self.socket.close()
