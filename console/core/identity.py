"""Who gives a command, and the ids commands go by."""

from __future__ import annotations

import getpass
import os
import secrets
import socket
import time
import uuid
from dataclasses import dataclass

OPERATOR_VARIABLE = "QUARTERDECK_OPERATOR"


def uuid7(at_ms: int | None = None) -> str:
    """A UUID of version 7 (RFC 9562): 48 bits of milliseconds, then randomness, so ids sort by time."""
    milliseconds = time.time_ns() // 1_000_000 if at_ms is None else at_ms
    value = (milliseconds & (2**48 - 1)) << 80
    value |= 0x7 << 76
    value |= secrets.randbits(12) << 64
    value |= 0b10 << 62
    value |= secrets.randbits(62)
    return str(uuid.UUID(int=value))


def now_us() -> int:
    """Arrival time: microseconds since 1970-01-01 UTC."""
    return time.time_ns() // 1000


@dataclass(frozen=True, slots=True)
class Identity:
    """Operator as claimed, beside the user the machine knows."""

    operator: str
    os_user: str
    host: str
    session: str

    @classmethod
    def current(cls, session: str | None = None) -> Identity:
        """The identity of this process; `session` tells consoles of one user apart."""
        user = os_user()
        return cls(
            operator=os.environ.get(OPERATOR_VARIABLE) or user,
            os_user=user,
            host=socket.gethostname(),
            session=session or f"{os.environ.get('SSH_TTY') or 'local'}:{os.getpid()}",
        )


def os_user() -> str:
    """The name of the user this process runs as; its number when the machine has no name for it."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.geteuid()}"
