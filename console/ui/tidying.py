"""Garbage is collected between frames, and never while a key waits for its paint.

By itself Python collects wherever an allocation happens to be the seven hundredth: in the middle of a frame,
for up to 33 ms. Cycles are rare here, as nearly everything dies with its last reference.
"""

from __future__ import annotations

import gc

YOUNG_EVERY_S = 1.0
WHOLE_EVERY_S = 60.0
# Or earlier, after so many new objects: what is left behind grows with what a desk does, and not with time.
WHOLE_EVERY = 25_000


class Tidying:
    """In force from `begin` to `end`. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._young = self._whole = float("-inf")
        self._made = 0

    def begin(self, now: float) -> None:
        """What lives by now is left out of every later collection."""
        gc.collect()
        gc.freeze()
        gc.disable()
        self._young, self._whole, self._made = now, now, 0

    def between_frames(self, now: float) -> None:
        """Nobody waits for a paint: collects what has been due for a second; everything after a minute, or
        when much is new. To be called often, for by itself nothing is collected any more.
        """
        made = self._made + gc.get_count()[0]
        if now - self._whole >= WHOLE_EVERY_S or made >= WHOLE_EVERY:
            self._young, self._whole, self._made = now, now, 0
            gc.collect()
        elif now - self._young >= YOUNG_EVERY_S:
            self._young, self._made = now, made
            gc.collect(1)

    def end(self) -> None:
        """Whoever comes after this console in the process collects as ever."""
        gc.enable()
        gc.unfreeze()
