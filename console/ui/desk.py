"""The whole screen as lines: a frame, what the user did, and a size go in; the lines of each part come out.
Pure.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field

from console.core.actions import PANES
from console.core.bars import INTERVALS
from console.core.commandline import DANGEROUS_WORDS, USAGE
from console.core.commands import CommandView, Intent, Kind
from console.core.controller import Outcome
from console.core.dialogue import TEXT_MODES, Context, Dialogue, Mode
from console.core.format import STALE, number
from console.core.frame import Frame
from console.ui.arrangement import SMALLEST, Rect, arrange, shows_all
from console.ui.bars import (
    ConsoleHealth,
    arm_lines,
    footer_line,
    help_lines,
    status_line,
    summary_line,
    tabs_line,
)
from console.ui.chart import Chart
from console.ui.ink import Line, Span, justified, line
from console.ui.panes import all_panes
from console.ui.panes.base import Pane

COMMAND_SHOWN_S = 12.0
NOTE_SHOWN_S = 6.0
ARM_ROWS = 3
LEAST_MESSAGE_ROWS = 3


@dataclass
class Desk:
    """What the user sees and did: panes, focus, zoom, the selected symbol, the newest note."""

    dialogue: Dialogue
    alone: str | None = None
    solid_candles: bool = False
    focus: str = "market"
    zoomed: bool = False
    symbol: str = ""
    interval: int = 0
    panes: dict[str, Pane] = field(default_factory=all_panes)
    chart: Chart = field(default_factory=Chart)
    note: tuple[str, bool, float] = ("", False, float("-inf"))
    help_top: int = 0
    message_rows: int = 1

    def __post_init__(self) -> None:
        if self.alone is not None:
            self.focus = self.alone

    @property
    def pane(self) -> Pane:
        """The pane in focus."""
        return self.panes[self.focus]

    @property
    def interval_s(self) -> int:
        """Seconds of one candle."""
        return INTERVALS[self.interval][0]

    def context(self, frame: Frame) -> Context:
        """What a key may refer to."""
        order = ""
        if self.focus == "orders":
            record = self.pane.selected(frame)
            order = record.client_order_id if record is not None and record.working else ""
        return Context(self.focus, self.symbol, order, tuple(row.symbol for row in frame.watch))

    def rectangles(self, width: int, height: int) -> dict[str, Rect]:
        """Where each part stands now."""
        rows = ARM_ROWS if self.dialogue.mode is Mode.ARMED else self.message_rows
        found = arrange(width, height, self.focus, zoomed=self.zoomed, message_rows=rows, alone=self.alone)
        if self.dialogue.mode is Mode.HELP:
            top = 2
            found = {
                name: rect
                for name, rect in found.items()
                if name in ("status", "summary", "message", "footer")
            }
            found["help"] = Rect(0, top, width, max(1, height - 1 - rows - top))
        return found

    # ------------------------------------------------------------------ what keys change

    def move(self, frame: Frame, step: int, page: int) -> None:
        """Moves the selection by `step` rows; ±2 are pages, ±3 the ends."""
        distance = {2: page, -2: -page, 3: 1_000_000, -3: -1_000_000}.get(step, step)
        if self.dialogue.mode is Mode.HELP:
            self.help_top = max(0, self.help_top + distance)
            return
        pane = self.pane
        pane.view.move(pane.keys(frame), distance)
        self.follow(frame)

    def follow(self, frame: Frame) -> None:
        """The selected symbol is that of the row selected in the pane in focus."""
        symbol = self.pane.symbol(frame)
        if symbol and any(row.symbol == symbol for row in frame.watch):
            self.symbol = symbol
            self.panes["market"].view.selected = symbol

    def settle(self, frame: Frame) -> None:
        """Selects the first symbol once there is one."""
        if not self.symbol and frame.watch:
            self.go(frame.watch[0].symbol)

    def go(self, symbol: str) -> None:
        """Selects a symbol."""
        self.symbol = symbol
        self.panes["market"].view.selected = symbol

    def look(self, pane: str, frame: Frame) -> None:
        """Puts a pane in focus; a console of one pane stays where it is."""
        if self.alone is None:
            self.focus = pane
            self.follow(frame)

    def next_pane(self, frame: Frame, step: int) -> None:
        """The pane after or before."""
        self.look(PANES[(PANES.index(self.focus) + step) % len(PANES)], frame)

    def back(self) -> None:
        """Escape: closes details, then clears the filter, then gives up the zoom."""
        view = self.pane.view
        if view.details:
            view.details = False
        elif view.filter:
            view.filter = ""
        else:
            self.zoomed = False

    def say(self, text: str, now: float, *, wrong: bool = False) -> None:
        """Shows a sentence for a few seconds."""
        self.note = (text, wrong, now)

    # ------------------------------------------------------------------ lines

    def lines(
        self, frame: Frame, health: ConsoleHealth, width: int, height: int, now: float
    ) -> dict[str, list[Line]]:
        """The lines of every part that is shown; afterwards `rectangles` has room for all of the message."""
        message = self.message(frame, width, now, max(LEAST_MESSAGE_ROWS, height // 10))
        self.message_rows = len(message)
        found = self.rectangles(width, height)
        drawn: dict[str, list[Line]] = {}
        for part, rect in found.items():
            if part == "status":
                drawn[part] = [status_line(frame, health, width)]
            elif part == "summary":
                drawn[part] = [summary_line(frame, width)]
            elif part == "tabs":
                drawn[part] = [tabs_line(frame, self.focus)]
            elif part == "message":
                drawn[part] = message
            elif part == "footer":
                drawn[part] = [footer_line(self.dialogue.keymap, self.focus, self.symbol, width)]
            elif part == "help":
                drawn[part] = self._help(rect)
            elif part == "chart":
                drawn[part] = self._chart(frame, rect)
            else:
                name = "market" if part == "watch" else part
                focused = name == self.focus
                drawn[part] = self.panes[name].lines(frame, rect.width, rect.height, focused=focused)
        if width < SMALLEST[0] or height < SMALLEST[1]:
            drawn["summary"] = [
                line((f" the screen is too small; {SMALLEST[0]}×{SMALLEST[1]} is enough", "warning"))
            ]
        return drawn

    def _help(self, rect: Rect) -> list[Line]:
        read_only = self.dialogue.read_only
        usage = {w: u for w, u in USAGE.items() if not (read_only and w in DANGEROUS_WORDS)}
        every = help_lines(self.dialogue.keymap, usage, read_only=read_only)
        self.help_top = max(0, min(self.help_top, len(every) - rect.height + 1))
        title = justified(
            [(" help", "accent bold")], [("↑↓ moves, esc closes ", "muted")], rect.width, "panel"
        )
        shown = every[self.help_top : self.help_top + rect.height - 1]
        below = len(every) - self.help_top - len(shown)
        if below > 0:
            shown[-1] = line((f"  ↓ {below + 1} more lines", "faint"))
        return [title, *shown]

    def _chart(self, frame: Frame, rect: Rect) -> list[Line]:
        row = frame.instrument(self.symbol)
        # Bars are of the mid, which may lie between two prices of the tick.
        decimals = row.decimals + 1 if row is not None else 2
        stale = row is None or frame.stale(row)
        last = frame.bars[-1] if frame.bars else None
        left: list[Span] = [
            (f" {self.symbol or 'chart'} ", "text bold"),
            (INTERVALS[self.interval][1], "muted"),
        ]
        if last is not None:
            left.append(
                (
                    f"  o {number(last.open, decimals)}  h {number(last.high, decimals)}"
                    f"  l {number(last.low, decimals)}  c {number(last.close, decimals)}",
                    "muted",
                )
            )
        right: list[Span] = [(f"{STALE} old ", "warning")] if stale and row is not None else []
        marks: dict[float, Span] = {}
        for order in frame.desk.orders:
            if order.working and order.symbol == self.symbol and order.price is not None:
                marks[order.price] = ("▸" if order.side > 0 else "▹", "up" if order.side > 0 else "down")
        position = next((p for p in frame.desk.positions if p.symbol == self.symbol and p.quantity), None)
        if position is not None:
            marks[position.cost] = ("═", "warning")
        body = self.chart.lines(
            frame.bars if frame.bars_of == self.symbol else (),
            rect.width,
            rect.height - 1,
            symbol=self.symbol,
            interval_s=self.interval_s,
            decimals=decimals,
            tick=row.tick if row is not None else 0.01,
            marks=marks,
            solid=self.solid_candles,
            stale=stale,
        )
        return [justified(left, right, rect.width, "panel"), *body]

    def message(self, frame: Frame, width: int, now: float, rows: int = LEAST_MESSAGE_ROWS) -> list[Line]:
        """The line above the footer: the armed kill, a question, the text being typed, a command, or a
        note.
        """
        dialogue = self.dialogue
        if dialogue.mode is Mode.ARMED:
            return arm_lines(frame, dialogue.armed.symbol, dialogue.expires - now, ARM_ROWS)
        if dialogue.mode is Mode.ASKING and dialogue.question is not None:
            question = f" {dialogue.question.title}? "
            told = _consequence(dialogue.question, frame)
            return [
                line(
                    (question, "warning bold"),
                    ("y ", "accent bold"),
                    (f"sends it, esc doesn't. {told}", "text"),
                )
            ]
        if dialogue.mode in TEXT_MODES:
            return [self._typing(width)]
        text, wrong, at = self.note
        newest = frame.commands[-1] if frame.commands else None
        command_age = (
            (frame.now_us - (newest.finished_us or frame.now_us)) / 1e6 if newest is not None else 0.0
        )
        if text and now - at < NOTE_SHOWN_S and (newest is None or not newest.open):
            return folded(("", "text"), text, "warning" if wrong else "text", width, rows)
        if newest is not None and (newest.open or command_age < COMMAND_SHOWN_S):
            return command_lines(newest, width, rows)
        return [line(background="background")]

    def _typing(self, width: int) -> Line:
        editor = self.dialogue.editor
        mode = self.dialogue.mode
        prompt = {Mode.COMMAND: ":", Mode.FILTER: "/", Mode.GOTO: "go to "}[mode]
        room = max(8, width - len(prompt) - 3)
        start = max(0, editor.cursor - room + 1)
        before, after = editor.text[start : editor.cursor], editor.text[editor.cursor : start + room]
        spans: list[Span] = [
            (" " + prompt, "accent bold"),
            (before, "text"),
            (after[:1] or " ", "text reverse"),
            (after[1:], "text"),
        ]
        explanation = self.dialogue.explanation()
        used = sum(len(text) for text, _ in spans)
        if explanation and used + len(explanation) + 3 <= width:
            spans.append(("   " + explanation, "muted"))
        return line(*spans)

    def shows_all(self, width: int, height: int) -> bool:
        """True when every pane is on the screen."""
        return self.alone is None and not self.zoomed and shows_all(width, height)


def command_lines(command: CommandView, width: int, rows: int) -> list[Line]:
    """A command's story, folded. Red is for what is unknown: it may have happened."""
    if command.open:
        return folded(("… ", "accent bold"), command.sentence, "text", width, rows)
    if command.outcome in (Outcome.DONE, Outcome.ACCEPTED):
        return folded(("✓ ", "good bold"), command.sentence, "text", width, rows)
    if command.outcome in (Outcome.REFUSED, Outcome.NOT_KNOWN, Outcome.NOT_SENT):
        return folded(("✗ ", "warning bold"), command.sentence, "warning", width, rows)
    return folded(("? ", "danger bold"), command.sentence, "danger", width, rows)


def folded(mark: Span, text: str, style: str, width: int, rows: int) -> list[Line]:
    """A sentence in at most `rows` lines, each indented like the first; what is cut is marked."""
    indent = " " * (len(mark[0]) + 1)
    parts = textwrap.wrap(text, max(10, width - len(indent) - 1)) or [""]
    if len(parts) > rows:
        parts = [*parts[: rows - 1], " ".join(parts[rows - 1 :])]
    first = line((" ", "text"), mark, (parts[0], style))
    return [first, *(line((indent, "text"), (part, style)) for part in parts[1:])]


def _consequence(intent: Intent, frame: Frame) -> str:
    """What a command that asks would touch."""
    gates = [
        gate for gate in frame.desk.gates if gate.kind == "OPERATOR_PAUSE" and gate.symbol == intent.symbol
    ]
    if intent.kind is Kind.RESUME:
        others = len(frame.desk.gates) - len(gates)
        if not gates:
            return "No operator's pause is closed there."
        if others == 1:
            return "1 other gate stays closed."
        return f"{others} other gates stay closed." if others else "Trading goes on at once."
    if intent.kind is Kind.FLATTEN:
        position = next((p for p in frame.desk.positions if p.symbol == intent.symbol), None)
        held = f"{position.quantity:+,g}" if position is not None else "nothing that is known"
        return f"It closes {held} at the market."
    if intent.kind is Kind.REARM:
        return "It ends the kill if the services agree, and leaves the desk paused."
    if intent.kind is Kind.LIMITS and frame.desk.risk is not None:
        now = {limit.name: limit.limit for limit in frame.desk.risk.limits}
        return ", ".join(f"{name} is {now[name]:g} now" for name in intent.limits if name in now)
    return ""
