"""Where each pane stands, as a function of the size alone: from 80×24 to a wall of screens. Pure.

Small screens show one pane and a row of tabs; larger ones show all of them. Every pane is whole or absent,
and an absent one has its tab, so that nothing is cut without a mark.
"""

from __future__ import annotations

from typing import NamedTuple

from console.core.actions import PANES

# Below this the panes would be cut to ribbons, so one is shown at a time.
ALL_WIDTH, ALL_HEIGHT = 110, 34
WIDE_WIDTH, WIDE_HEIGHT = 170, 46
GUTTER = 1
# The market pane is drawn by two widgets: what moves fast stays out of the chart's rows.
PARTS: dict[str, tuple[str, ...]] = {
    name: ("watch", "chart") if name == "market" else (name,) for name in PANES
}
SMALLEST = (40, 10)


class Rect(NamedTuple):
    """Cells of the screen: column and row of the upper left corner, width and height."""

    x: int
    y: int
    width: int
    height: int


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
) -> dict[str, Rect]:
    """The rectangle of each part that is shown.

    `focus` is the pane shown when there is room for one; `alone` is a console of that single pane, without
    tabs.
    """
    rows: dict[str, Rect] = {"status": Rect(0, 0, width, 1), "summary": Rect(0, 1, width, 1)}
    top, bottom = 2, height - 1 - message_rows
    rows["message"] = Rect(0, bottom, width, message_rows)
    rows["footer"] = Rect(0, height - 1, width, 1)
    one = alone or (focus if zoomed or not shows_all(width, height) else None)
    if one is not None:
        if alone is None:
            rows["tabs"] = Rect(0, top, width, 1)
            top += 1
        rows.update(_one(one, Rect(0, top, width, max(1, bottom - top))))
        return rows
    body = Rect(0, top, width, bottom - top)
    wide = width >= WIDE_WIDTH and height >= WIDE_HEIGHT
    rows.update(_wide(body) if wide else _medium(body))
    return rows


def _one(pane: str, area: Rect) -> dict[str, Rect]:
    if pane != "market":
        return {pane: area}
    if area.width >= 130 and area.height >= 12:
        return _columns(area, ("watch", 0.42), ("chart", 0.58))
    if area.height >= 17:
        return _rows(area, ("watch", 0.5), ("chart", 0.5))
    return {"watch": area}


def _medium(area: Rect) -> dict[str, Rect]:
    bands = _rows(area, ("top", 0.36), ("middle", 0.2), ("low", 0.31), ("log", 0.13))
    return {
        **_columns(bands["top"], ("watch", 0.5), ("chart", 0.5)),
        **_columns(bands["middle"], ("orders", 0.54), ("positions", 0.46)),
        **_columns(bands["low"], ("signals", 0.46), ("risk", 0.54)),
        "log": bands["log"],
    }


def _wide(area: Rect) -> dict[str, Rect]:
    bands = _rows(area, ("top", 0.42), ("middle", 0.34), ("low", 0.24))
    return {
        **_columns(bands["top"], ("watch", 0.47), ("chart", 0.53)),
        **_columns(bands["middle"], ("orders", 0.47), ("risk", 0.53)),
        **_columns(bands["low"], ("positions", 0.42), ("signals", 0.27), ("log", 0.31)),
    }


def _rows(area: Rect, *shares: tuple[str, float]) -> dict[str, Rect]:
    cuts = _cuts(area.height, [share for _, share in shares], 0)
    return {
        name: Rect(area.x, area.y + start, area.width, length)
        for (name, _), (start, length) in zip(shares, cuts, strict=True)
    }


def _columns(area: Rect, *shares: tuple[str, float]) -> dict[str, Rect]:
    cuts = _cuts(area.width, [share for _, share in shares], GUTTER)
    return {
        name: Rect(area.x + start, area.y, length, area.height)
        for (name, _), (start, length) in zip(shares, cuts, strict=True)
    }


def _cuts(length: int, shares: list[float], gap: int) -> list[tuple[int, int]]:
    """Starts and lengths that fill `length` exactly, with a gap between neighbours."""
    room = length - gap * (len(shares) - 1)
    cuts, start, spent = [], 0, 0.0
    for index, share in enumerate(shares):
        spent += share
        end = length if index == len(shares) - 1 else round(room * spent) + gap * index
        cuts.append((start, end - start))
        start = end + gap
    return cuts
