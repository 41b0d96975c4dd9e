"""When the next frame may go out: only when the terminal has acknowledged the one before the last.

A slow link has megabytes of room for frames nobody will ever want to see; a key pressed then waits behind
them. So each frame is followed by a question only the terminal itself answers, at most `ALLOWED` questions
are open, and the rate of frames follows the answers. Pure: times are monotonic seconds, given by the
caller.
"""

from __future__ import annotations

from collections import deque

ALLOWED = 2
SLOWEST = 2.0
# A frame nobody acknowledged for this long: an answer may have been lost, so the question alone is asked
# again.
PATIENCE = 1.0
# A link is taken for a slow one from this round trip on, in seconds.
SLOW_FROM = 0.03


class FramePacer:
    """Counts frames out and acknowledgements in, and sets the rate between `SLOWEST` and `fastest`
    frames/s.
    """

    def __init__(self, fastest: float = 20.0) -> None:
        self.fastest = max(SLOWEST, fastest)
        self.rate = self.fastest
        self.round_trip: float | None = None
        self._open: deque[float] = deque()
        self._last_frame = float("-inf")
        self._last_question = float("-inf")
        self._answered = False

    @property
    def outstanding(self) -> int:
        """Frames the terminal has not acknowledged yet."""
        return len(self._open)

    @property
    def interval(self) -> float:
        """Seconds between frames at the present rate."""
        return 1.0 / self.rate

    @property
    def slow(self) -> bool:
        """True for a link on which a large frame holds up the key behind it."""
        return self.round_trip is not None and self.round_trip >= SLOW_FROM

    def stalled_for(self, now: float) -> float:
        """Seconds the oldest open question has waited; 0 when none is open."""
        return now - self._open[0] if self._open else 0.0

    def may_send(self, now: float) -> bool:
        """True when a frame may go out now. A terminal that never answered at all is served without
        waiting.
        """
        if now - self._last_frame < self.interval * 0.9:
            return False
        if len(self._open) < ALLOWED:
            return True
        return not self._answered and self.stalled_for(now) > PATIENCE

    def sent(self, now: float) -> None:
        """A frame and its question went out."""
        self._last_frame = now
        self._last_question = now
        if len(self._open) >= ALLOWED and not self._answered:
            self._open.clear()
        self._open.append(now)

    def asked(self, now: float) -> None:
        """The question of the newest frame left only now: the round trip counts from here."""
        if self._open:
            self._open[-1] = now
        self._last_question = now

    def nothing_to_send(self, now: float) -> None:
        """A frame was due and nothing had changed: no bytes, no question."""
        self._last_frame = now

    def should_ask_again(self, now: float) -> bool:
        """True when the question alone (four bytes) should be repeated because nothing was heard."""
        return len(self._open) >= ALLOWED and self._answered and now - self._last_question > PATIENCE

    def asked_again(self, now: float) -> None:
        """The question alone went out. One answer is then enough to go on, whichever was lost."""
        self._last_question = now
        while len(self._open) > 1:
            self._open.pop()
        self.rate = SLOWEST
        self._open.extend([self._open[0]] * (ALLOWED - 1))

    def acknowledged(self, now: float) -> None:
        """An answer came: the rate moves towards what the round trip allows."""
        if not self._open:
            return
        self._answered = True
        asked = self._open.popleft()
        # A stall says nothing about the link that comes back, so it counts as the slowest pace and no more.
        sample = min(now - asked, ALLOWED / SLOWEST)
        self.round_trip = sample if self.round_trip is None else 0.7 * self.round_trip + 0.3 * sample
        # Two frames may be on their way, so this is the rate at which the link drains them.
        target = min(self.fastest, max(SLOWEST, ALLOWED / max(self.round_trip, 1e-3)))
        self.rate = target if target < self.rate else min(target, self.rate * 1.25)
