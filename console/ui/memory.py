"""What a console begins with: the user's settings, and what it remembered of its last run: layout, chart,
sorting. That is read back field by field, so that what an older or damaged file holds can do no harm.
"""

from __future__ import annotations

from typing import Any

from console.core.actions import PANES
from console.core.bars import INTERVALS
from console.core.preferences import Preferences, PreferencesError
from console.core.studies import LOWER, OVERLAYS
from console.ui.chart.view import GLYPHS, ZOOMS
from console.ui.desk import Desk


def remembered(desk: Desk, theme: str) -> dict[str, Any]:
    """The desk's screen as a file keeps it, which no later key changes."""
    view, layout = desk.view, desk.layout
    return {
        "theme": theme,
        "focus": desk.focus,
        "symbol": desk.symbol,
        "hidden": sorted(layout.hidden),
        "widths": dict(layout.widths),
        "heights": dict(layout.heights),
        "watchlist": desk.market.watchlist,
        "sort": {
            name: [pane.view.sort, pane.view.descending]
            for name, pane in desk.panes.items()
            if pane.view.sort
        },
        "chart": {
            "interval_s": view.interval_s,
            "zoom": ZOOMS[view.zoom],
            "overlays": list(view.overlays),
            "lower": view.lower,
            "glyphs": view.glyphs,
        },
    }


def prefer(desk: Desk, preferences: Preferences) -> None:
    """Puts the user's own settings on a desk. Raises `PreferencesError` for a column that a pane doesn't
    have.
    """
    desk.layout.hidden |= set(preferences.hidden)
    desk.market.watchlists = {name: frozenset(of) for name, of in preferences.watchlists.items()}
    for name, columns in preferences.columns.items():
        try:
            desk.panes[name].choose_columns(columns)
        except ValueError as error:
            raise PreferencesError(f"console.yaml: columns.{name}: {error}") from error
    if preferences.glyphs == "ascii":
        desk.view.glyphs = "ascii"


def restore(desk: Desk, found: dict[str, Any], symbols: tuple[str, ...]) -> None:
    """Puts back what still makes sense; the rest stays as it is."""
    layout, view = desk.layout, desk.view
    hidden = {name for name in _list(found.get("hidden")) if name in PANES}
    if len(hidden) < len(PANES):
        layout.hidden = hidden
    for name, into in (("widths", layout.widths), ("heights", layout.heights)):
        for pane, factor in _mapping(found.get(name)).items():
            if pane in PANES and isinstance(factor, int | float) and 0.25 <= factor <= 4.0:
                into[pane] = float(factor)
    if desk.alone is None and found.get("focus") in PANES and found["focus"] not in layout.hidden:
        desk.focus = str(found["focus"])
    if found.get("symbol") in symbols:
        desk.go(str(found["symbol"]))
    if found.get("watchlist") in desk.market.watchlists:
        desk.market.watchlist = str(found["watchlist"])
    for name, pair in _mapping(found.get("sort")).items():
        if (
            name in desk.panes
            and isinstance(pair, list)
            and len(pair) == 2
            and pair[0] in desk.panes[name].sorts
        ):
            desk.panes[name].view.sort = str(pair[0])
            desk.panes[name].view.descending = bool(pair[1])
    chart = _mapping(found.get("chart"))
    lengths = [seconds for seconds, _ in INTERVALS]
    if chart.get("interval_s") in lengths:
        view.interval = lengths.index(chart["interval_s"])
    if chart.get("zoom") in ZOOMS:
        view.zoom = ZOOMS.index(chart["zoom"])
    view.overlays = tuple(name for name in OVERLAYS if name in _list(chart.get("overlays")))
    view.lower = str(chart["lower"]) if chart.get("lower") in LOWER else ""
    view.glyphs = str(chart["glyphs"]) if chart.get("glyphs") in GLYPHS else view.glyphs


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
