"""Whether the supervisor itself was stopped: the services are not to blame for a silence it did not hear."""

from __future__ import annotations

# When two turns are further apart than this, the supervisor itself was stopped.
STALL_S = 1.0


class Absence:
    """Told of the time once a turn, so that a stop counts wherever in the turn it falls."""

    def __init__(self, now: float) -> None:
        """`now` is in monotonic seconds, here and later."""
        self._turned = now

    def turn(self, now: float) -> float:
        """Seconds since the turn before, when they were more than a turn takes; else nought."""
        away, self._turned = now - self._turned, now
        return away if away > STALL_S else 0.0
