"""Where each pane stands, as a function of the size and of what the user hid and resized. Pure.

Small screens show one pane and a row of tabs; larger ones show all of them. Every pane is whole or absent,
and an absent one has its tab, so that nothing is cut without a mark.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import NamedTuple

from console.core.actions import PANES

# Below this the panes would be cut to ribbons, so one is shown at a time.
ALL_WIDTH, ALL_HEIGHT = 110, 34
WIDE_WIDTH, WIDE_HEIGHT = 170, 46
GUTTER = 1
LEAST_COLUMNS, LEAST_ROWS = 24, 4
# What a message leaves of a pane that it lies over: its title and one row, which in the one in focus stands
# below a heading.
LEAST_LEFT, LEAST_LEFT_IN_FOCUS = 2, 3
GROWTH = 1.2
# The market pane is drawn by two widgets: what moves fast stays out of the chart's rows.
PARTS: dict[str, tuple[str, ...]] = {
    name: ("watch", "chart") if name == "market" else (name,) for name in PANES
}
PANE_OF: dict[str, str] = {part: name for name, parts in PARTS.items() for part in parts}
SMALLEST = (40, 10)

Band = tuple[float, tuple[tuple[str, float], ...]]
MEDIUM: tuple[Band, ...] = (
    (0.36, (("watch", 0.5), ("chart", 0.5))),
    (0.2, (("orders", 0.54), ("positions", 0.46))),
    (0.31, (("signals", 0.46), ("risk", 0.54))),
    (0.13, (("log", 1.0),)),
)
WIDE: tuple[Band, ...] = (
    (0.42, (("watch", 0.47), ("chart", 0.53))),
    (0.34, (("orders", 0.47), ("risk", 0.53))),
    (0.24, (("positions", 0.42), ("signals", 0.27), ("log", 0.31))),
)


class Rect(NamedTuple):
    """Cells of the screen: column and row of the upper left corner, width and height."""

    x: int
    y: int
    width: int
    height: int

    def holds(self, x: int, y: int) -> bool:
        """True when the cell is inside."""
        return self.x <= x < self.x + self.width and self.y <= y < self.y + self.height


@dataclass
class Layout:
    """What the user changed: hidden panes, and how much wider or taller than in the plan others are."""

    hidden: set[str] = field(default_factory=set)
    widths: dict[str, float] = field(default_factory=dict)
    heights: dict[str, float] = field(default_factory=dict)

    def resize(self, pane: str, *, wider: int = 0, taller: int = 0) -> None:
        """Grows (+1) or shrinks (-1) a pane by a fifth, within bounds."""
        for factors, step in ((self.widths, wider), (self.heights, taller)):
            if step:
                factors[pane] = min(4.0, max(0.25, factors.get(pane, 1.0) * GROWTH**step))

    def hide(self, pane: str) -> bool:
        """Takes a pane off the screen; False for the last one."""
        if len(self.hidden | {pane}) == len(PANES):
            return False
        self.hidden.add(pane)
        return True

    def reset(self) -> None:
        """Every pane, in the size of the plan."""
        self.hidden.clear()
        self.widths.clear()
        self.heights.clear()

    def width_of(self, part: str) -> float:
        """The factor of a part; the chart keeps the plan's, so that the watchlist can take from it."""
        return 1.0 if part == "chart" else self.widths.get(PANE_OF[part], 1.0)


def most_message_rows(height: int) -> int:
    """Rows that a message may have at most: status, summary, tabs, footer and three rows of a pane stay."""
    return max(1, height - 7)


def shows_all(width: int, height: int) -> bool:
    """True when all panes fit side by side."""
    return width >= ALL_WIDTH and height >= ALL_HEIGHT


def arrange(
    width: int,
    height: int,
    focus: str,
    *,
    zoomed: bool = False,
    message_rows: int = 1,
    alone: str | None = None,
    layout: Layout | None = None,
) -> dict[str, Rect]:
    """The rectangle of each part that is shown.

    `focus` is the pane shown when there is room for one; `alone` is a console of that single pane, without
    tabs. A message of several rows lies over the panes right above it, which stay as they are: a pane that
    moved would be sent to the terminal again, and the answer to a key would wait behind it.
    """
    message_rows = min(message_rows, most_message_rows(height))
    if message_rows > 1:
        plain = arrange(width, height, focus, zoomed=zoomed, alone=alone, layout=layout)
        above = plain["message"].y
        taken = message_rows - 1
        lowest = [(name, rect) for name, rect in plain.items() if rect.y + rect.height == above]
        if all(rect.height - taken >= _least_left(name, alone or focus) for name, rect in lowest):
            return {**plain, "message": Rect(0, above - taken, width, message_rows)}
    layout = layout if layout is not None else Layout()
    rows: dict[str, Rect] = {"status": Rect(0, 0, width, 1), "summary": Rect(0, 1, width, 1)}
    top, bottom = 2, height - 1 - message_rows
    rows["message"] = Rect(0, bottom, width, message_rows)
    rows["footer"] = Rect(0, height - 1, width, 1)
    if alone is None and not zoomed and shows_all(width, height) and focus not in layout.hidden:
        # Hidden panes keep their tab: what is not on the screen is said so.
        first = top + bool(layout.hidden)
        found = _bands(
            Rect(0, first, width, bottom - first), layout, wide=width >= WIDE_WIDTH and height >= WIDE_HEIGHT
        )
        if found:
            tabs = {"tabs": Rect(0, top, width, 1)} if layout.hidden else {}
            return {**rows, **tabs, **found}
    if alone is None:
        rows["tabs"] = Rect(0, top, width, 1)
        top += 1
    rows.update(_one(alone or focus, Rect(0, top, width, max(1, bottom - top))))
    return rows


def _least_left(part: str, focus: str) -> int:
    return LEAST_LEFT_IN_FOCUS if part == PARTS[focus][0] else LEAST_LEFT


def _one(pane: str, area: Rect) -> dict[str, Rect]:
    if pane != "market":
        return {pane: area}
    if area.width >= 130 and area.height >= 12:
        return _columns(area, [("watch", 0.42), ("chart", 0.58)])
    if area.height >= 17:
        cuts = _cuts(area.height, [0.5, 0.5], 0, LEAST_ROWS) or []
        return {
            name: Rect(area.x, area.y + start, area.width, length)
            for name, (start, length) in zip(("watch", "chart"), cuts, strict=True)
        }
    return {"watch": area}


def _bands(area: Rect, layout: Layout, *, wide: bool) -> dict[str, Rect]:
    """The panes in bands; empty when what is left doesn't fit, which a single pane always does."""
    bands: list[tuple[float, list[tuple[str, float]]]] = []
    for share, parts in WIDE if wide else MEDIUM:
        kept = [
            (part, of * layout.width_of(part)) for part, of in parts if PANE_OF[part] not in layout.hidden
        ]
        if kept:
            grown = math.prod(layout.heights.get(pane, 1.0) for pane in {PANE_OF[part] for part, _ in kept})
            bands.append((share * grown, kept))
    cuts = _cuts(area.height, [share for share, _ in bands], 0, LEAST_ROWS)
    if cuts is None:
        return {}
    found: dict[str, Rect] = {}
    for (_, parts_of), (start, length) in zip(bands, cuts, strict=True):
        columns = _columns(Rect(area.x, area.y + start, area.width, length), parts_of)
        if not columns:
            return {}
        found.update(columns)
    return found


def _columns(area: Rect, shares: list[tuple[str, float]]) -> dict[str, Rect]:
    cuts = _cuts(area.width, [share for _, share in shares], GUTTER, LEAST_COLUMNS)
    if cuts is None:
        return {}
    return {
        name: Rect(area.x + start, area.y, length, area.height)
        for (name, _), (start, length) in zip(shares, cuts, strict=True)
    }


def _cuts(length: int, shares: list[float], gap: int, least: int) -> list[tuple[int, int]] | None:
    """Starts and lengths that fill `length` exactly, with a gap between neighbours and none under `least`;
    None when there is no room for that.
    """
    room = length - gap * (len(shares) - 1)
    if room < least * len(shares):
        return None
    total = sum(shares)
    lengths, spent, end = [], 0.0, 0
    for share in shares:
        spent += share / total
        lengths.append(round(room * spent) - end)
        end += lengths[-1]
    for place, wanted in enumerate(lengths):
        missing = least - wanted
        while missing > 0:
            largest = max(range(len(lengths)), key=lambda at: lengths[at])
            taken = min(missing, lengths[largest] - least)
            lengths[largest] -= taken
            lengths[place] += taken
            missing -= taken
    cuts, start = [], 0
    for each in lengths:
        cuts.append((start, each))
        start += each + gap
    return cuts
