"""Risk: why we are not trading, how much of each limit is used, and how every service is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from console.core.differences import BreakRow
from console.core.format import (
    STALE,
    age,
    bar,
    clock,
    compact,
    fit,
    fit_right,
    limit_title,
    listed,
    milliseconds,
    whole_age,
    wrapped,
)
from console.core.frame import Frame, Standing
from console.core.records import GateRow, KillRow, LimitRow
from console.core.services import ServiceRow
from console.ui.ink import Line, Span, length, line
from console.ui.kills import kill_details, kill_sentence, no_word, unsaid_text
from console.ui.panes.base import Pane, marked
from console.ui.table import TableRow

NEAR, REACHED = 0.8, 1.0
BAR_CELLS = 16
# Beyond this a share is not told exactly: the figures beside it are.
MOST_SHARE = 9.99
# Limits that orders count against as if they were filled.
WITH_ORDERS = frozenset(
    f"max_{name}"
    for name in ("position_size", "gross_exposure", "net_exposure", "open_positions", "concentration")
)
# These tell of one order, or of a book that is small by now: nothing is denied because they lie beyond.
TELLS = frozenset({"max_order_quantity", "max_order_notional", "price_collar", "max_concentration"})


@dataclass(frozen=True, slots=True)
class _Item:
    key: str
    symbol: str
    of: GateRow | LimitRow | ServiceRow | KillRow | BreakRow


class RiskPane(Pane):
    """Five lists in one: kills, closed gates, breaks, limits, services."""

    name: ClassVar[str] = "risk"
    number: ClassVar[int] = 5
    source: ClassVar[str] = "risk-manager"
    stream: ClassVar[str] = "risk"

    def __init__(self) -> None:
        super().__init__()
        self._owners: list[str | None] = []

    def records(self, frame: Frame) -> Sequence[_Item]:
        """Kills, gates, breaks, limits and services, in this order."""
        desk = frame.desk
        limits = desk.risk.limits if desk.risk is not None else ()
        return [
            *(_Item(f"kill {kill.symbol}", kill.symbol, kill) for kill in desk.kills),
            *(_Item(f"gate {gate.kind} {gate.symbol}", gate.symbol, gate) for gate in desk.gates),
            *(_Item(f"break {found.id}", found.symbol, found) for found in desk.breaks),
            *(_Item(f"limit {limit.name}", limit.symbol, limit) for limit in limits),
            *(_Item(f"service {service.name}", "", service) for service in desk.services),
        ]

    def key(self, record: _Item) -> str:
        """Kind and name."""
        return record.key

    def headline(self, frame: Frame) -> list[Span]:
        """Gates that are closed and the limit that is nearest."""
        desk, standing = frame.desk, frame.standing
        gates, risk = len(desk.gates), desk.risk
        spans: list[Span] = [(f"{gates} gate{'s' * (gates != 1)} closed" if gates else "killed", "warning")]
        if standing is Standing.TRADING:
            spans = [("all gates open", "good")]
        elif standing is Standing.LIMITED:
            spans = [("a limit is reached", "danger")]
        elif standing is Standing.UNKNOWN:
            spans = [("gates not known", "warning")]
        if risk is not None and risk.limits:
            nearest, old = max(risk.limits, key=_weight), frame.risk_stale
            told = f"{limit_title(nearest.name)} {_percent(nearest.use)}"
            spans += [
                (f"  {STALE}" if old else "  ", "warning"),
                (told, "faint" if old else _use_style(nearest, "muted")),
            ]
        if desk.trading is not None and desk.trading.more_breaks:
            spans.append((f"  {desk.trading.more_breaks} more breaks: quarterdeck breaks", "danger"))
        if risk is not None and risk.unmarked:
            spans.append((f"  {STALE} rests on old marks", "warning"))
        return spans

    def row(self, record: _Item, frame: Frame) -> TableRow:
        """As one line of text, which is what a filter looks at."""
        spans = self._spans(record.of, frame, 200)
        return TableRow(record.key, {"all": ("".join(text for text, _ in spans[0]), "text")}, record.symbol)

    def body(self, frame: Frame, width: int, height: int, *, focused: bool) -> list[Line]:
        """Blocks of lines per item, scrolled so that the selected one is whole."""
        items = self.shown_records(frame)
        if not items and self.view.filter:
            self._owners = []
            return super().body(frame, width, height, focused=focused)
        chosen = self.view.index([item.key for item in items])
        lines: list[Line] = []
        starts: list[int] = []
        previous: type | None = None
        said = _unlisted(frame)
        if said is not None and not self.view.filter:
            lines.append(line(said))
        for place, item in enumerate(items):
            kind = type(item.of)
            if (previous is not kind and kind is not GateRow and previous is not None) or (
                lines and place == 0
            ):
                lines.append(line())
            previous = kind
            starts.append(len(lines))
            mine = place == chosen
            for count, spans in enumerate(self._spans(item.of, frame, width - 2)):
                mark = ("▌ " if focused else "▏ ") if mine and count == 0 else "  "
                lines.append(Line(((mark, "accent"), *spans), "selection" if mine and focused else "surface"))
        starts.append(len(lines))
        if chosen is not None:
            first, last = starts[chosen], starts[chosen + 1]
            room = max(1, height - self.view.covered)
            # One line above and one below may be taken by the marks that there are more.
            below = last < len(lines) and not self.view.covered
            self.view.top = min(max(self.view.top, last - room + below), max(0, first - 1))
            self.view.top = max(0, min(self.view.top, len(lines) - room))
        else:
            self.view.top = 0
        owners: list[str | None] = [None] * len(lines)
        for place, item in enumerate(items):
            first = starts[place]
            last = starts[place + 1] if place + 1 < len(items) else len(lines)
            owners[first:last] = [item.key] * (last - first)
        self._owners = owners[self.view.top : self.view.top + height]
        shown = lines[self.view.top : self.view.top + height]
        return marked(shown, self.view.top, len(lines) - self.view.top - height)

    def key_at(self, y: int, frame: Frame) -> str | None:
        """The item whose line that is."""
        del frame
        return self._owners[y - 1] if not self.view.details and 0 < y <= len(self._owners) else None

    def exported(self, frame: Frame) -> list[list[str]]:
        """Each item as one line of text."""
        rows = [["what", "line"]]
        for item in self.shown_records(frame):
            spans = self._spans(item.of, frame, 200)
            rows.append([item.key, " ".join("".join(text for part in spans for text, _ in part).split())])
        return rows

    def _spans(
        self, item: GateRow | LimitRow | ServiceRow | KillRow | BreakRow, frame: Frame, width: int
    ) -> list[list[Span]]:
        if isinstance(item, GateRow):
            return _gate(item, frame, width)
        if isinstance(item, LimitRow):
            return [_limit(item, width, old=frame.risk_stale)]
        if isinstance(item, BreakRow):
            return _break(item, frame)
        if isinstance(item, KillRow):
            style = "text" if item.verified else "danger bold"
            parts = wrapped(kill_sentence(item), max(20, width - 2))
            return [[("  " if place else "■ ", "danger"), (part, style)] for place, part in enumerate(parts)]
        return [_service(item, width)]

    def detail(self, record: _Item, frame: Frame) -> list[tuple[str, str]]:
        """Everything about a gate, limit, service or kill."""
        item = record.of
        if isinstance(item, GateRow):
            return [
                ("gate", f"{item.title}, closed for {item.scope}"),
                ("because", item.reason),
                ("closed by", item.closed_by),
                ("since", f"{clock(item.since_us, 3)} ({age((frame.now_us - item.since_us) / 1e6)} ago)"),
                ("opens when", item.opens_when),
            ]
        if isinstance(item, LimitRow):
            return [
                ("limit", item.name),
                ("allows", f"{item.limit:,g} {item.unit}"),
                ("used", f"{item.value:,g} {item.unit} ({item.use:.1%})"),
                ("headroom", f"{item.limit - item.value:,g} {item.unit}"),
                *([("rests on", "what was told before a service fell silent")] * frame.risk_stale),
                ("largest in", item.symbol or "the whole desk"),
                *([("counts", "working orders too, as if they were filled")] * (item.name in WITH_ORDERS)),
                ("change it", f":limits set {item.name}=VALUE"),
            ]
        if isinstance(item, KillRow):
            return kill_details(item)
        if isinstance(item, BreakRow):
            return [
                ("break", f"{item.id}, {item.state.lower()}"),
                ("differs", item.sentence),
                ("says", item.detail),
                ("since", f"{clock(item.since_us, 3)} ({age((frame.now_us - item.since_us) / 1e6)} ago)"),
                ("can be", ", ".join(item.actions) or "waited for: nothing can be done about it now"),
                ("decided", f"{item.decided_by} {item.reason}".strip() or "by nobody yet"),
            ]
        return [
            ("service", item.name),
            ("is", f"{item.state} {item.detail}"),
            ("answered", f"{age(item.age_s)} ago, in {milliseconds(item.round_trip_ms)}"),
            ("process", str(item.pid)),
            ("epoch", str(item.epoch)),
            ("says", item.extra),
        ]


def _unlisted(frame: Frame) -> Span | None:
    """What no item of the list says: that trading is allowed, that nobody says so, or a kill without a word
    on its progress.
    """
    unsaid, standing = frame.unsaid_kills, frame.standing
    if unsaid:
        return (f"  ■ killed{unsaid_text(unsaid)}", "danger bold")
    if standing is Standing.UNKNOWN:
        return (f"  ○ {no_word(frame)}: whether trading is allowed is not known", "warning")
    if standing is Standing.LIMITED:
        limits = listed([limit_title(limit.name) for limit in frame.reached])
        return (f"  ◐ no gate is closed, but limit reached: {limits}; what adds to it is denied", "danger")
    return ("  ● trading is allowed: no gate is closed", "good") if standing is Standing.TRADING else None


def _break(found: BreakRow, frame: Frame) -> list[list[Span]]:
    since = whole_age((frame.now_us - found.since_us) / 1e6)
    loud = found.state == "OPEN"
    head: list[Span] = [
        ("≠ ", "danger" if loud else "warning"),
        (f"break {found.state.lower()} ", "danger bold" if loud else "warning"),
        (f"{found.sentence} ", "text"),
        (f"for {since}", "muted"),
    ]
    if found.decided_by:
        head.append((f", {found.decided_by}: {found.reason}", "muted"))
    if not found.actions:
        return [head]
    keys = {"adopt": "a", "flatten": "f", "ignore": "n"}
    can = " · ".join(f"{keys[action]} {action}" for action in found.actions if action in keys)
    return [head, [(f"  → {can}", "muted")]]


def _gate(gate: GateRow, frame: Frame, width: int) -> list[list[Span]]:
    alarm = gate.kind in ("KILL_LATCH", "LOSS_LIMIT")
    since = whole_age((frame.now_us - gate.since_us) / 1e6)
    head: list[Span] = [
        ("■ ", "danger" if alarm else "warning"),
        (f"{gate.title} ", "danger bold" if alarm else "warning bold"),
        (f"{gate.scope} ", "text bold"),
        (f"for {since} by {gate.closed_by}", "muted"),
    ]
    why: list[Span] = [("  " + gate.reason, "text")]
    opens: list[Span] = [(" · opens when " + gate.opens_when, "muted")] if gate.opens_when else []
    if length((*why, *opens)) <= width or not opens:
        return [head, [*why, *opens]]
    told = [(gate.reason, "text"), ("opens when " + gate.opens_when, "muted")]
    return [head, *([("  " + part, style)] for text, style in told for part in wrapped(text, width - 2))]


def _use_style(limit: LimitRow, otherwise: str) -> str:
    if limit.use >= REACHED and (limit.denies or limit.name not in TELLS):
        return "danger"
    return "warning" if limit.use >= NEAR else otherwise


def _weight(limit: LimitRow) -> tuple[bool, float]:
    """What is beyond without a consequence comes behind what is within and near."""
    return limit.denies or limit.use < REACHED or limit.name not in TELLS, limit.use


def _limit(limit: LimitRow, width: int, *, old: bool) -> list[Span]:
    """One limit as a bar; `old`: its use is no figure of now."""
    figures = f"{_figure(limit.value).rjust(7)} / {_figure(limit.limit).ljust(6)}"
    name = 24 if width >= 74 else 21
    style = "faint" if old else _use_style(limit, "accent")
    mark = "!" if limit.use >= NEAR else " "
    cells = max(6, min(BAR_CELLS, width - name - 6 - 16 - 9))
    filled = bar(limit.use, cells)
    solid = filled.rstrip()
    return [
        (fit(limit_title(limit.name), name), "text"),
        (solid, style),
        ("·" * (cells - len(solid)), "faint"),
        (STALE if old else " ", "warning"),
        (fit_right(_percent(limit.use), 5) + mark, "faint" if old else _use_style(limit, "text")),
        (fit_right(figures, 16) + " ", "muted"),
        (_where(limit, 13 if width >= 77 else 7), "muted"),
        (f" {_figure(max(0.0, limit.limit - limit.value))} left" if width >= 90 else "", "faint"),
    ]


def _where(limit: LimitRow, room: int) -> str:
    """The symbol where its use is largest, and whether working orders count in it."""
    orders = "+orders" if limit.name in WITH_ORDERS else ""
    both = f"{limit.symbol} {orders}".strip()
    return (both if len(both) <= room else limit.symbol or orders).ljust(room)


def _percent(share: float) -> str:
    """In five cells at most."""
    return f"{share:.0%}" if share <= MOST_SHARE else f">{MOST_SHARE:.0%}"


def _figure(value: float) -> str:
    """In seven cells at most."""
    if abs(value) >= 1_000:
        return compact(value)
    return next((text for text in (f"{value:.3g}", f"{value:.1e}") if len(text) <= 7), f"{value:.0e}")


def _service(service: ServiceRow, width: int) -> list[Span]:
    glyph, style = service_mark(service)
    heard = whole_age(service.age_s) if service.age_s is not None else "never"
    fresh = service.age_s is not None and service.age_s < 1
    trip = (
        f"{service.round_trip_ms:.1f} ms" if fresh and service.round_trip_ms is not None else f"{heard} ago"
    )
    again = "started anew" if service.fresh else ""
    said = " · ".join(part for part in (again, service.detail, service.extra) if part)
    spans: list[Span] = [
        (f"{glyph} ", style),
        (fit(service.name, 17), "text"),
        (fit(service.state.lower(), 9), style if style != "good" else "muted"),
        (fit_right(trip, 8) + "  ", "muted"),
    ]
    room = width - length(spans)
    return [*spans, (fit(said, max(0, room)).rstrip(), "muted")]


def service_mark(service: ServiceRow) -> tuple[str, str]:
    """Glyph and style of a service: full when it answers, half when it is not well, hollow when it is
    silent.
    """
    if service.age_s is None:
        return "○", "muted"
    if service.lost:
        return "○", "danger bold"
    if service.fresh:
        return "↻", "warning"
    if service.state == "READY":
        return "●", "good"
    return "◐", "warning"
