"""The lines above the footer: the armed kill, a question with what it touches, the text being typed, the
newest command, or a note.
"""

from __future__ import annotations

from console.core.commands import CommandView
from console.core.controller import Outcome
from console.core.dialogue import TEXT_MODES, Context, Dialogue, Mode
from console.core.format import wrapped
from console.core.frame import Frame
from console.core.preview import preview
from console.core.seats import SeatCommand
from console.ui.bars import arm_lines
from console.ui.ink import Line, Span, length, line

COMMAND_SHOWN_S = 12.0
NOTE_SHOWN_S = 6.0
ARM_ROWS = 3
LEAST_MESSAGE_ROWS = 4
PALETTE_ROWS = 8
FIRST_START = (
    "p pauses the selected symbol, r and y resume it; P and R the whole desk.",
    "K arms the kill from anywhere: enter fires it, escape disarms it.",
    "? says what can be done here, 1 to 6 change the pane, q leaves the console.",
)
FIRST_START_READ_ONLY = (
    "This console is read-only: it can look, and change nothing.",
    "To stop the desk: quarterdeck kill in a shell, or K in a console that may.",
    FIRST_START[2],
)


def first_start_of(dialogue: Dialogue) -> tuple[str, ...]:
    """The three lines that are enough."""
    return FIRST_START_READ_ONLY if dialogue.read_only else FIRST_START


def message_lines(
    dialogue: Dialogue,
    context: Context,
    frame: Frame,
    note: tuple[str, bool, float],
    width: int,
    now: float,
    rows: int,
    *,
    first_start: bool = False,
    session: str = "",
) -> list[Line]:
    """At most `rows` lines of `width` cells; always at least one. `session` is this console's: its own
    commands are shown with their course, those of other seats with their operator.
    """
    if dialogue.mode is Mode.ARMED:
        return arm_lines(frame, dialogue.armed.symbol, dialogue.expires - now, ARM_ROWS)
    if dialogue.mode is Mode.ASKING and dialogue.question is not None:
        return _question(dialogue, frame, width, rows)
    if dialogue.mode in TEXT_MODES:
        return _typing_lines(dialogue, context, frame, width, rows)
    if first_start:
        return [line((" " + text, "text")) for text in first_start_of(dialogue)]
    text, wrong, at = note
    newest = frame.commands[-1] if frame.commands else None
    other = _newest_of_others(frame, session)
    command_age = (frame.now_us - (newest.finished_us or frame.now_us)) / 1e6 if newest is not None else 0.0
    shown = newest is not None and (newest.open or command_age < COMMAND_SHOWN_S)
    # A note that waits for something to end gives way to whatever happens meanwhile.
    gives_way = at == float("inf") and (shown or other is not None)
    if text and now - at < NOTE_SHOWN_S and not gives_way and (newest is None or not newest.open):
        return folded(("", "text"), text, "warning" if wrong else "text", width, rows)
    if other is not None and (newest is None or not newest.open) and not (
        shown and newest is not None and newest.finished_us >= other.at_us
    ):  # fmt: skip
        return folded(("⇠ ", "accent bold"), other.sentence, "text", width, rows)
    if newest is not None and shown:
        return command_lines(newest, width, rows)
    return [line(background="background")]


def _newest_of_others(frame: Frame, session: str) -> SeatCommand | None:
    """The newest command of another seat, while it is news. Without a session of one's own every seat is
    another.
    """
    own = {command.command_id for command in frame.commands if command.command_id}
    for seat in reversed(frame.desk.seats):
        if seat.command_id not in own and seat.session != session:
            return seat if 0 <= frame.now_us - seat.at_us < COMMAND_SHOWN_S * 1e6 else None
    return None


def _question(dialogue: Dialogue, frame: Frame, width: int, rows: int) -> list[Line]:
    intent = dialogue.question
    if intent is None:
        return [line()]
    told = preview(intent, frame)
    head: list[Span] = [
        (f" {intent.title}? ", "warning bold"),
        ("y ", "accent bold"),
        ("sends it, esc doesn't.", "text"),
    ]
    used = length(head)
    if used + len(told.touches) + 2 <= width:
        first = line(*head, (" " + told.touches, "text"))
        rest = [told.leaves] if told.leaves else []
    else:
        first, rest = line(*head), [part for part in (told.touches, told.leaves) if part]
    lines = [first]
    for text in rest:
        lines += folded(
            ("", "text"), text, "text" if text == told.touches else "muted", width, max(1, rows - len(lines))
        )
    return lines[:rows]


def _typing_lines(dialogue: Dialogue, context: Context, frame: Frame, width: int, rows: int) -> list[Line]:
    lines = [_typing(dialogue, width)]
    if dialogue.mode is Mode.PALETTE:
        return [*_palette(dialogue), *lines]
    intent = dialogue.question if dialogue.mode is Mode.TYPED else dialogue.pending(context)
    if intent is None:
        return lines
    told = preview(intent, frame)
    above = folded(
        ("", "text"), told.touches, "warning" if dialogue.mode is Mode.TYPED else "text", width, rows - 1
    )
    if told.leaves and len(above) + 1 < rows:
        above += folded(("", "text"), told.leaves, "muted", width, rows - 1 - len(above))
    return [*above, *lines]


def _palette(dialogue: Dialogue) -> list[Line]:
    offered = dialogue.offered()
    if not offered:
        return [line(("   no action has that name", "faint"))]
    first = max(0, min(dialogue.choice - PALETTE_ROWS + 2, len(offered) - PALETTE_ROWS))
    lines = []
    for place in range(first, min(first + PALETTE_ROWS, len(offered))):
        action, chosen = offered[place], place == dialogue.choice
        where = f"  in {action.pane}" if action.pane else ""
        spans: list[Span] = [
            (" ▌ " if chosen else "   ", "accent"),
            (dialogue.keymap.key_of(action.id).ljust(10), "danger" if action.id == "kill" else "accent"),
            (action.title, "text"),
            (where, "muted"),
        ]
        lines.append(line(*spans, background="selection" if chosen else "surface"))
    more = len(offered) - first - len(lines)
    if more > 0:
        lines[-1] = line((f"   ↓ {more + 1} more, type to narrow them down", "faint"))
    return lines


def _typing(dialogue: Dialogue, width: int) -> Line:
    editor, mode = dialogue.editor, dialogue.mode
    prompts = {Mode.COMMAND: ":", Mode.FILTER: "/", Mode.GOTO: "go to ", Mode.PALETTE: "action: "}
    if mode is Mode.TYPED and dialogue.question is not None:
        prompts[mode] = (
            f"{dialogue.question.kind.value}: type {dialogue.question.symbol} and enter, esc sends nothing: "
        )
    prompt = prompts.get(mode, "")
    room = max(8, width - len(prompt) - 3)
    start = max(0, editor.cursor - room + 1)
    before, after = editor.text[start : editor.cursor], editor.text[editor.cursor : start + room]
    spans: list[Span] = [
        (" " + prompt, "warning bold" if mode is Mode.TYPED else "accent bold"),
        (before, "text"),
        (after[:1] or " ", "text reverse"),
        (after[1:], "text"),
    ]
    explanation = dialogue.explanation()
    used = length(spans)
    if explanation and used + 12 <= width:
        spans.append(("   " + explanation, "muted"))
    return line(*spans)


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
    parts = wrapped(text, max(10, width - len(indent) - 1))
    if len(parts) > rows:
        parts = [*parts[: rows - 1], " ".join(parts[rows - 1 :])]
    first = line((" ", "text"), mark, (parts[0], style))
    return [first, *(line((indent, "text"), (part, style)) for part in parts[1:])]
