"""The lines around the panes: status, summary, tabs, message and footer. Pure functions of a frame."""

from __future__ import annotations

from dataclasses import dataclass

from console.core.actions import PANES, Action, Scope
from console.core.format import MISSING, STALE, age, clock, compact, milliseconds, signed
from console.core.frame import Frame
from console.core.keymap import Keymap, shown
from console.ui.ink import Line, Span, justified, line
from console.ui.panes.base import profit_style
from console.ui.panes.risk import kill_sentence, service_mark

MARKS: tuple[tuple[str, str], ...] = (
    ("≈", "old: the figure rests on data that is stale"),
    ("┆", "a gap: messages were lost on the way"),
    ("■ ◐ ●", "closed, partly, well"),
    ("↻", "a service that died and was started anew"),
    ("○", "silent service, or an order nobody has touched yet"),
    ("·", "not known"),
    ("›", "there are more columns; z gives the pane the screen"),
)


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


def venue_badge(frame: Frame) -> Span:
    """PAPER or LIVE as the venue itself says; unknown until it has said it."""
    venue = frame.desk.venue
    if venue == "PAPER":
        return (" PAPER ", "accent bold")
    if venue:
        return (f" {venue} ", "danger bold")
    return (" VENUE? ", "warning bold")


def status_line(frame: Frame, health: ConsoleHealth, width: int) -> Line:
    """Paper or live, the heartbeat of every service, the link and the clock."""
    left: list[Span] = [venue_badge(frame)]
    if health.read_only:
        left.append(("READ-ONLY ", "warning"))
    roomy, detailed = width >= 150, width >= 110
    for service in frame.desk.services:
        glyph, style = service_mark(service)
        name = service.name if roomy else service.short
        text = style if style != "good" else "muted"
        left += [(" " + glyph, style), (f" {name}" if roomy else name, text)]
        if service.lost and service.age_s is not None:
            left.append((f" {age(float(int(service.age_s))).replace('.0s', 's')}", "danger"))
        elif roomy:
            left.append((" ", "text"))
    stalled = health.stalled_s > 1.0
    link = f"{STALE} link {age(health.stalled_s)}" if stalled else f"link {_rounded(health.link_ms)}"
    right: list[Span] = [(link, "warning" if stalled else "muted")]
    lag = frame.desk.event_lag_ms
    if detailed:
        late = lag is not None and lag > 1_000
        right.insert(0, (f"desk lag {_rounded(lag)} · ", "warning" if late else "muted"))
        right.append((f" · {health.rate:.0f} fps", "muted"))
    right.append((f" {clock(frame.now_us)} ", "muted"))
    return justified(left, right, width, "panel")


def _rounded(value: float | None) -> str:
    """In steps, so that a quiet link doesn't redraw the line with every frame."""
    if value is None:
        return MISSING
    for step in (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0):
        if value <= step:
            return f"≤{step:.0f} ms"
    return milliseconds(round(value, -2))


def summary_line(frame: Frame, width: int) -> Line:
    """Whether we are trading, in one line: red while a kill is not proved, the first reason while a gate is
    closed.
    """
    desk = frame.desk
    if frame.kill_unproved:
        told = next((kill_sentence(kill) for kill in desk.kills if not kill.verified), "")
        told = told or "KILLED, and the engine has not said how far the kill is"
        return line((" ■ " + told, "on_alarm bold"), background="alarm")
    profit = _profit(frame)
    if frame.killed:
        told = kill_sentence(desk.kills[0])
        return justified([(" ■ ", "danger bold"), (told, "text bold")], profit, width, "panel")
    if desk.trading is None and desk.risk is None:
        return line((" ○ no word from the desk yet", "warning"), background="panel")
    everywhere = [gate for gate in desk.gates if not gate.symbol]
    partly = [gate for gate in desk.gates if gate.symbol]
    if everywhere:
        gate = everywhere[0]
        more = f" (+{len(desk.gates) - 1} more)" if len(desk.gates) > 1 else ""
        told_by: list[Span] = [
            (" ■ NOT TRADING ", "warning bold"),
            (f"{gate.title}{more}: {gate.reason}", "text"),
            (f" → {gate.opens_when}" if gate.opens_when else "", "muted"),
        ]
        return justified(told_by, profit, width, "panel")
    if partly:
        symbols = sorted({gate.symbol for gate in partly})
        names = ", ".join(symbols[:4]) + (f" and {len(symbols) - 4} more" if len(symbols) > 4 else "")
        gate = partly[0]
        reason = f"{gate.title}" if len({g.kind for g in partly}) == 1 else "see risk"
        told_by = [(" ◐ TRADING ", "good bold"), (f"but not in {names}: {reason}", "warning")]
        return justified(told_by, profit, width, "panel")
    words = [(" ● TRADING ", "good bold"), (f"{frame.working_orders} working orders", "muted")]
    return justified(words, profit, width, "panel")


def _profit(frame: Frame) -> list[Span]:
    totals = frame.totals
    risk = frame.desk.risk
    profit = risk.realized + risk.unrealized if risk is not None else totals.realized + totals.unrealized
    uncertain = not totals.certain or (risk is not None and risk.unmarked)
    mark = f"{STALE} " if uncertain else ""
    return [
        (f"exposure {compact(totals.gross)}  day p&l ", "muted"),
        (mark, "warning"),
        (signed(profit) + " ", "faint" if uncertain else profit_style(profit) + " bold"),
    ]


def tabs_line(frame: Frame, focus: str) -> Line:
    """The panes that are not on this screen, with a mark on those that want to be seen."""
    wants = {
        "orders": str(frame.working_orders or ""),
        "risk": "■" * bool(frame.desk.gates or frame.killed),
        "positions": str(frame.totals.open_positions or ""),
    }
    spans: list[Span] = [(" ", "text")]
    for number_of, name in enumerate(PANES, 1):
        mark = f" {wants[name]}" if wants.get(name) else ""
        style = "accent bold" if name == focus else "muted"
        edge = ("▌", "accent") if name == focus else (" ", "text")
        marked = "warning" if name == "risk" else style
        spans += [edge, (f"{number_of} {name}", style), (mark, marked), (" ", "text")]
    return line(*spans, background="background")


def arm_lines(frame: Frame, symbol: str, left_s: float, rows: int) -> list[Line]:
    """The kill bar: what will be touched, what will not, and the two keys that matter."""
    orders = [order for order in frame.desk.orders if order.working and symbol in ("", order.symbol)]
    notional = sum(order.remaining * (order.price or 0.0) for order in orders)
    open_positions = [p for p in frame.desk.positions if p.quantity and symbol in ("", p.symbol)]
    gross = sum(abs(position.exposure) for position in open_positions)
    scope = symbol or "THE WHOLE DESK"
    count = len(orders)
    head = f" KILL {scope}: cancels {count} open order{'s' * (count != 1)}"
    worth = f" worth {compact(notional)}" if notional else ""
    held = len(open_positions)
    keeps = f" · keeps {held} position{'s' * (held != 1)}, exposure {compact(gross)}"
    keys = f" ENTER fires · ESC disarms · {max(0.0, left_s):.0f} s"
    if rows == 1:
        return [line((head + keys, "on_alarm bold"), background="alarm")]
    remark = " Trading stays stopped until it is re-armed, also over a restart. Positions are not closed."
    lines = [
        line((head + worth + keeps, "on_alarm bold"), background="alarm"),
        line((remark, "on_alarm"), background="alarm"),
        line((keys, "on_alarm bold"), background="alarm"),
    ]
    return lines[:rows] if rows < 3 else lines + [line(background="alarm")] * (rows - 3)


def footer_line(keymap: Keymap, focus: str, symbol: str, width: int) -> Line:
    """Hints made from the keymap: what can be done here, with the symbol that it would be done to."""
    spans: list[Span] = [(" ", "text")]
    used = 1
    for action in keymap.actions:
        if not action.hint or (action.pane is not None and action.pane != focus):
            continue
        name = action.hint + (f" {symbol}" if action.scope is Scope.SYMBOL and symbol else "")
        key = keymap.key_of(action.id)
        if action.scope is Scope.SYMBOL and not symbol:
            continue
        # Help and quit always have their place at the end.
        room = width if action.id in ("help", "quit") else width - 16
        if used + len(key) + len(name) + 3 > room:
            continue
        style = "danger bold" if action.id == "kill" else "accent"
        spans += [(key, style), (f" {name}  ", "muted")]
        used += len(key) + len(name) + 3
    return line(*spans, background="panel")


def help_lines(keymap: Keymap, usage: dict[str, tuple[str, str]], *, read_only: bool) -> list[Line]:
    """Everything that keys and the command line do, made from the registry."""
    first = [
        "p pauses what is selected, r resumes it after y; capitals do it to the whole desk.",
        "K arms the kill from anywhere, then enter fires it and escape disarms it.",
        "q leaves the console; the desk goes on without it.",
    ]
    if read_only:
        first[:2] = ["This console is read-only: it can look, and change nothing."]
    lines = [
        line(("  Three lines are enough", "accent bold")),
        *(line(("  " + text, "text")) for text in first),
    ]
    lines += [line(), line(("  Keys", "accent bold"))]
    for action in keymap.actions:
        keys = " ".join(_shown(keymap, action))
        when = f" ({action.confirm.value})" if action.dangerous else ""
        where = f" [in {action.pane}]" if action.pane else ""
        style = "danger" if action.id == "kill" else "accent"
        lines.append(line(("  " + keys.ljust(12), style), (action.title + when + where, "text")))
    lines += [line(), line((f"  Command line, after {keymap.key_of('command')}", "accent bold"))]
    for written, meaning in usage.values():
        lines.append(line(("  " + written.ljust(34), "text"), (meaning, "muted")))
    lines += [line(), line(("  Marks", "accent bold"))]
    lines += [line(("  " + mark.ljust(12), "text"), (meaning, "muted")) for mark, meaning in MARKS]
    return lines


def _shown(keymap: Keymap, action: Action) -> list[str]:
    return [shown(key) for key in keymap.keys.get(action.id, ())]
