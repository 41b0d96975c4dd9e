"""Puts the parts where the arrangement says: one pass over rectangles, whatever the styles."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from textual.geometry import NULL_OFFSET, NULL_SPACING, Region, Size
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.widget import Widget

from console.ui.arrangement import Rect

# What lies over other parts.
ON_TOP = "message"


class DeckLayout(Layout):
    """Children without a rectangle are not shown."""

    name = "deck"

    def __init__(self, rectangles: Callable[[], Mapping[str, Rect]]) -> None:
        self._rectangles = rectangles

    def arrange(
        self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True
    ) -> ArrangeResult:
        """The placement of each child that has a rectangle."""
        del parent, size, greedy
        rectangles = self._rectangles()
        return [
            WidgetPlacement(
                Region(*rectangles[child.id]), NULL_OFFSET, NULL_SPACING, child, order=int(child.id == ON_TOP)
            )
            for child in children
            if child.id is not None and child.id in rectangles
        ]
