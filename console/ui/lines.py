"""The one kind of widget: lines in, dirty rows out. A row that didn't change costs nothing and sends
nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from console.ui.ink import Line, Palette

_EMPTY = Line()


class Lines(Widget):
    """Shows the lines it was given last; `palette` must be set before it is drawn."""

    ALLOW_SELECT = False

    def __init__(self, palette: Palette, *, id: str, blank: Line = _EMPTY) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self._palette = palette
        self._blank = blank
        self._lines: list[Line] = []
        self._strips: dict[int, Strip] = {}
        self._strip_width = 0

    def set_palette(self, palette: Palette) -> None:
        """Draws everything anew in other colours."""
        self._palette = palette
        self._strips.clear()
        self.refresh()

    @property
    def lines(self) -> list[Line]:
        """What is shown."""
        return self._lines

    def changed(self, lines: Sequence[Line]) -> list[int]:
        """The rows that would have to be drawn for these lines."""
        old, new = self._lines, lines
        return [
            y
            for y in range(max(len(old), len(new)))
            if (old[y] if y < len(old) else self._blank) != (new[y] if y < len(new) else self._blank)
        ]

    def take(self, lines: Sequence[Line]) -> None:
        """Takes new lines before everything is drawn anyway."""
        self._lines = list(lines)
        self._strips.clear()

    def show(self, lines: Sequence[Line]) -> int:
        """Takes new lines, marks the changed rows for the next paint, and returns how many those are."""
        height = self.size.height
        changed = self.changed(lines)
        self._lines = list(lines)
        # Also those below the last row: they would be there again, as they were, once there is room.
        for y in changed:
            self._strips.pop(y, None)
        dirty = [y for y in changed if y < height]
        if dirty:
            self._set_dirty(*self._regions(dirty))
        return len(dirty)

    def _regions(self, rows: list[int]) -> list[Region]:
        """Neighbouring rows as one region."""
        width = self.size.width
        regions: list[Region] = []
        first = before = rows[0]
        for y in [*rows[1:], -1]:
            if y == before + 1:
                before = y
                continue
            regions.append(Region(0, first, width, before - first + 1))
            first = before = y
        return regions

    def _size_updated(
        self, size: Size, virtual_size: Size, container_size: Size, layout: bool = True
    ) -> bool:
        """Of another size it is drawn once: Textual would arrange and draw everything once more for it."""
        del layout
        return super()._size_updated(size, virtual_size, container_size, layout=False)

    def render_lines(self, crop: Region) -> list[Strip]:
        """The rows as they are. Borders, padding and filters, of which there are none here, took a third
        of a frame.
        """
        width = self.size.width
        strips = [self._strip(y, width) for y in crop.line_range]
        start, end = crop.column_span
        if (start, end) == (0, width):
            return strips
        return [strip.crop(start, end) for strip in strips]

    def render_line(self, y: int) -> Strip:
        """The strip of a row, made once until the row changes."""
        return self._strip(y, self.size.width)

    def _strip(self, y: int, width: int) -> Strip:
        if width != self._strip_width:
            self._strips.clear()
            self._strip_width = width
        found = self._strips.get(y)
        if found is None:
            shown = self._lines[y] if y < len(self._lines) else self._blank
            found = self._strips[y] = self._palette.strip(shown, width)
        return found
