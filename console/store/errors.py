"""How the database says no."""

from __future__ import annotations

CONNECT_TIMEOUT_S = 5


class DatabaseUnavailableError(Exception):
    """PostgreSQL does not answer, or the desk's tables are not there. Services go on; ask the engine."""


def first_line(error: BaseException) -> str:
    """What an error of the database says, without its details."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
