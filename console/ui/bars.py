"""The lines around the panes: status, tabs, kill bar and footer. Pure functions of a frame."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from console.core.actions import PANES, Action, Scope
from console.core.dialogue import Context, Dialogue
from console.core.format import MISSING, STALE, age, clock, compact, milliseconds, whole_age
from console.core.frame import Frame, Standing
from console.ui.ink import Line, Span, length, line
from console.ui.panes.risk import service_mark
from console.ui.summary import first_that_fits


@dataclass(frozen=True, slots=True)
class ConsoleHealth:
    """How the console itself is doing. Times in milliseconds, `stalled_s` seconds without an
    acknowledgement.
    """

    link_ms: float | None = None
    stalled_s: float = 0.0
    rate: float = 0.0
    paint_ms: float = 0.0
    read_only: bool = False


# What changes nothing about a desk that is killed.
OF_A_DESK_THAT_LIVES = frozenset({"pause-symbol", "pause-desk", "resume-symbol", "resume-desk"})
# An event that arrives so long after it was published is told at every width.
LATE_MS = 1_000
# It has to fit into 80 columns behind what is kept.
STAYS_KILLED = " Restarts don't lift it; rearm does."


def venue_badge(frame: Frame) -> Span:
    """PAPER or LIVE as the venue itself says; unknown until it has said it. A recording is neither."""
    venue = frame.desk.venue
    if frame.replay:
        return (f" {frame.replay} OF {venue or 'VENUE?'} ", "warning bold reverse")
    if venue == "PAPER":
        return (" PAPER ", "accent bold")
    if venue:
        return (f" {venue} ", "danger bold reverse")
    return (" VENUE? ", "warning bold")


def status_line(frame: Frame, health: ConsoleHealth, width: int, alerts: int = 0) -> Line:
    """Paper or live, the heartbeat of every service, alerts, the link and the clock."""
    left: list[Span] = [venue_badge(frame)]
    if alerts:
        left.append((f"‼ {alerts} ", "danger bold"))
    if health.read_only:
        left.append(("READ-ONLY ", "warning"))
    roomy, detailed = width >= 150, width >= 110
    for service in frame.desk.services:
        glyph, style = service_mark(service)
        name = service.name if roomy else service.short
        text = style if style != "good" else "muted"
        left += [(" " + glyph, style), (f" {name}" if roomy else name, text)]
        if service.lost and service.age_s is not None:
            left.append((f" {whole_age(service.age_s)}", "danger"))
        elif roomy:
            left.append((" ", "text"))
    stalled = health.stalled_s > 1.0
    link = f"{STALE} link {age(health.stalled_s)}" if stalled else f"link {_rounded(health.link_ms)}"
    right: list[Span] = [(link, "warning" if stalled else "muted")]
    loud: list[Span] = [(f"{link} ", "warning")] if stalled else []
    lag = frame.desk.event_lag_ms
    late = lag is not None and lag > LATE_MS
    if late or (detailed and lag is not None):
        name = "desk lag" if detailed else "lag"
        told = (f"{name} {_rounded(lag)}  ", "warning" if late else "muted")
        right.insert(0, told)
        loud = [told, *loud] if late else loud
    if detailed:
        drawing = f"  drawn in {_rounded(health.paint_ms)}" if width >= 170 else ""
        right.append((f"{drawing}  {health.rate:.0f} fps", "muted"))
    right.append((f" {clock(frame.now_us)} ", "muted"))
    return first_that_fits(left, [right, loud], width)


def _rounded(value: float | None) -> str:
    """In steps, so that a quiet link doesn't redraw the line with every frame."""
    if value is None:
        return MISSING
    for step in (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0):
        if value <= step:
            return f"≤{step:.0f} ms"
    return milliseconds(round(value, -2))


def tabs_line(frame: Frame, focus: str, hidden: Set[str] = frozenset()) -> Line:
    """The panes that are not on this screen, with a mark on those that want to be seen."""
    spans: list[Span] = [(" ", "text")]
    for name, edge, label, mark in _tabs(frame, focus):
        style = "accent bold" if name == focus else "faint" if name in hidden else "muted"
        spans += [edge, (label, style), (mark, "warning" if name == "risk" else style), (" ", "text")]
    return line(*spans, background="background")


def tab_places(frame: Frame, focus: str) -> list[tuple[str, int, int]]:
    """Where each tab begins and ends, for the mouse."""
    places, at = [], 1
    for name, edge, label, mark in _tabs(frame, focus):
        width = len(edge[0]) + len(label) + len(mark) + 1
        places.append((name, at, at + width))
        at += width
    return places


def _tabs(frame: Frame, focus: str) -> list[tuple[str, Span, str, str]]:
    wants = {
        "orders": str(frame.working_orders or ""),
        "risk": {Standing.TRADING: "", Standing.UNKNOWN: "○"}.get(frame.standing, "■"),
        "positions": str(frame.totals.open_positions or ""),
    }
    tabs: list[tuple[str, Span, str, str]] = []
    for number_of, name in enumerate(PANES, 1):
        mark = f" {wants[name]}" if wants.get(name) else ""
        edge = ("▌", "accent") if name == focus else (" ", "text")
        tabs.append((name, edge, f"{number_of} {name}", mark))
    return tabs


def arm_lines(frame: Frame, symbol: str, left_s: float, rows: int) -> list[Line]:
    """The kill bar: what will be touched, what will not, and the two keys that matter."""
    orders = [order for order in frame.desk.orders if order.working and symbol in ("", order.symbol)]
    notional = sum(order.remaining * (order.price or 0.0) for order in orders)
    open_positions = [p for p in frame.desk.positions if p.quantity and symbol in ("", p.symbol)]
    gross = sum(abs(position.exposure) for position in open_positions)
    scope = symbol or "THE WHOLE DESK"
    count = len(orders)
    by_last_word = f"{STALE} " * frame.book_stale
    head = f" KILL {scope}: cancels {by_last_word}{count} open order{'s' * (count != 1)}"
    worth = f" worth {compact(notional)}" if notional else ""
    held = len(open_positions)
    marked = f"{STALE} " * frame.totals_stale
    keeps = f" Keeps {by_last_word}{held} position{'s' * (held != 1)}, exposure {marked}{compact(gross)}."
    keys = f" ENTER fires · ESC disarms · disarms by itself in {max(0.0, left_s):.0f} s"
    if rows == 1:
        return [line((head + keys, "on_alarm bold"), background="alarm")]
    lines = [
        line((head + worth, "on_alarm bold"), background="alarm"),
        line((keeps, "on_alarm bold"), (STAYS_KILLED, "on_alarm"), background="alarm"),
        line((keys, "on_alarm bold"), background="alarm"),
    ]
    return lines[:rows] if rows < 3 else lines + [line(background="alarm")] * (rows - 3)


def footer_line(dialogue: Dialogue, context: Context, width: int, *, replay: bool = False) -> Line:
    """Hints made from the keymap: what can be done here, with the symbol that it would be done to; where
    nothing can be done to a desk, how it is stopped from elsewhere.
    """
    spans, hints = _footer(dialogue, context, width, replay=replay)
    for action, key, name in hints:
        spans += [(key, "danger bold" if action.id == "kill" else "accent"), (f" {name}  ", "muted")]
    return line(*spans, background="panel")


def footer_places(
    dialogue: Dialogue, context: Context, width: int, *, replay: bool = False
) -> list[tuple[Action, int, int]]:
    """Where each hint begins and ends, for the mouse."""
    before, hints = _footer(dialogue, context, width, replay=replay)
    places, at = [], length(before)
    for action, key, name in hints:
        places.append((action, at, at + len(key) + len(name) + 1))
        at += len(key) + len(name) + 3
    return places


def _footer(
    dialogue: Dialogue, context: Context, width: int, *, replay: bool
) -> tuple[list[Span], list[tuple[Action, str, str]]]:
    """What stands before the hints, and each hint's action, key and words."""
    spans: list[Span] = [(" ", "text")]
    if dialogue.read_only and not replay:
        spans += [("quarterdeck kill", "danger bold"), (" in a shell stops the desk  ", "muted")]
    used = length(spans)
    keymap, focus, symbol = dialogue.keymap, context.pane, context.symbol
    hints: list[tuple[Action, str, str]] = []
    # What belongs to the pane comes right after what makes the desk safe.
    wanted = {"command"} if context.killed else {"resume-desk"} if context.paused else set()
    order = sorted(
        keymap.actions,
        key=lambda action: (not action.safety and action.id not in wanted, action.pane is None),
    )
    for action in order:
        if context.killed and action.id in OF_A_DESK_THAT_LIVES:
            continue
        if not action.hint or (action.pane is not None and action.pane != focus):
            continue
        if action.pane == "risk" and action.scope is Scope.ORDER and not context.break_id:
            continue
        name = action.hint + (f" {symbol}" if action.scope is Scope.SYMBOL and symbol else "")
        name = "rearm ends the kill" if context.killed and action.id == "command" else name
        key = keymap.key_of(action.id)
        if not key or (action.scope is Scope.SYMBOL and not symbol):
            continue
        # Help and quit always have their place at the end.
        room = width if action.id in ("help", "quit") else width - 16
        if used + len(key) + len(name) + 3 > room:
            continue
        hints.append((action, key, name))
        used += len(key) + len(name) + 3
    return spans, hints
