"""What is drawn in one frame of a slow link: no more than a key can wait for. Pure.

A new row shifts all that lie below it, so three tables that move at once make a frame of 11 kB, and a key
waits a twentieth of a second behind it at 200 kB/s. Their turns come one after the other instead, a frame
apart.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

BYTES_A_FRAME = 4_000
# Of a cell that is sent, with its share of what sets the colours of its row.
BYTES_A_CELL = 3.0


class Turns:
    """Who waits, and for how long."""

    def __init__(self) -> None:
        self._waited: dict[str, int] = {}

    def choose(
        self,
        cells: Mapping[str, int],
        at_once: Collection[str],
        focus: Collection[str] = (),
        *,
        slow: bool,
        key: bool = False,
    ) -> set[str]:
        """The parts that are drawn now, of those with so many changed cells. What waited longest comes first,
        the parts in `focus` before those that waited as long; `at_once` never wait, and one of the others is
        drawn however large it is. What a `key` brings up goes out with `at_once` and `focus` alone: nobody's
        turn is in it.
        """
        changed = {name: count for name, count in cells.items() if count}
        if not slow:
            self._waited.clear()
            return set(changed)
        chosen = {name for name in changed if name in at_once or (key and name in focus)}
        if key:
            return chosen
        room = BYTES_A_FRAME - sum(changed[name] for name in chosen) * BYTES_A_CELL
        # Of those that waited as long, in the order of the screen: never by chance.
        others = [name for name in changed if name not in chosen]
        others.sort(key=lambda name: (-self._waited.get(name, 0), name not in focus))
        drawn = 0
        for name in others:
            cost = changed[name] * BYTES_A_CELL
            if cost > room and drawn:
                continue
            chosen.add(name)
            room -= cost
            drawn += 1
        self._waited = {name: self._waited.get(name, 0) + 1 for name in changed.keys() - chosen}
        return chosen
