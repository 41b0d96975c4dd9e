"""The help: first what can be done where one stands, then everything, made from the registry of actions."""

from __future__ import annotations

from console.core.actions import Action, Scope
from console.core.commandline import DANGEROUS_WORDS, USAGE
from console.core.dialogue import Context, Dialogue
from console.core.format import wrapped
from console.core.keymap import Keymap, shown
from console.ui.ink import Line, line
from console.ui.message import first_start_of

MARKS: tuple[tuple[str, str], ...] = (
    ("≈", "old: the figure rests on data that is stale"),
    ("┆", "a gap: messages were lost on the way"),
    ("■ ◐ ●", "closed, partly, well"),
    ("↻", "a service that died and was started anew"),
    ("○", "silent service, or an order nobody has touched yet"),
    ("·", "not known"),
    ("~", "no trade yet: the mid stands in its place"),
    ("›", "there are more columns; z gives the pane the screen"),
    ("+orders", "beside a limit: working orders count too, as if they were filled"),
    ("↑ ↓", "beside a price of the chart: it lies above or below what is shown"),
)


KEYS_CELLS, USAGE_CELLS, MARKS_CELLS = 14, 44, 12
LEAST_FOLDED = 24


def help_lines(dialogue: Dialogue, context: Context, selected: bool, width: int) -> list[Line]:
    """Every line of the help, folded to `width` cells."""
    keymap, read_only = dialogue.keymap, dialogue.read_only
    lines = [
        line(("  Three lines are enough", "accent bold")),
        *(
            folded
            for text in first_start_of(dialogue)
            for folded in _entry("", "text", 0, text, "text", width)
        ),
        line(),
        line((f"  Here, in {context.pane}{_about(context)}", "accent bold")),
    ]
    here = [action for action in keymap.actions if _here(action, context, selected)]
    lines += [folded for action in here for folded in _action_lines(keymap, action, width, context)]
    lines += [line(), line(("  Everywhere", "accent bold"))]
    everywhere = [action for action in keymap.actions if action.pane is None and action not in here]
    lines += [folded for action in everywhere for folded in _action_lines(keymap, action, width)]
    elsewhere = [a for a in keymap.actions if a.pane is not None and a not in here]
    if elsewhere:
        lines += [line(), line(("  In other panes, or with something else selected", "accent bold"))]
        lines += [folded for action in elsewhere for folded in _action_lines(keymap, action, width)]
    lines += [line(), line((f"  Command line, after {keymap.key_of('command')}", "accent bold"))]
    for word, (written, meaning) in USAGE.items():
        if not (read_only and word in DANGEROUS_WORDS):
            lines += _entry(written, "text", USAGE_CELLS, meaning, "muted", width)
    lines += [line(), line(("  Marks", "accent bold"))]
    for mark, meaning in MARKS:
        lines += _entry(mark, "text", MARKS_CELLS, meaning, "muted", width)
    return lines


def _entry(name: str, name_style: str, cells: int, text: str, style: str, width: int) -> list[Line]:
    """A name and what it means, folded beside it, or below it where there is no room beside."""
    beside = cells if width - cells - 3 >= LEAST_FOLDED else 4
    lines = []
    if len(name) >= beside > 0:
        lines.append(line(("  " + name, name_style)))
        name = ""
    for part in wrapped(text, max(10, width - beside - 3)):
        lines.append(line(("  " + name.ljust(beside), name_style), (part, style)))
        name = ""
    return lines


def _about(context: Context) -> str:
    """What is selected, in words."""
    if context.order:
        return f", with the working order {context.order}"
    if context.break_id:
        return f", with the break {context.break_id}"
    return f", with {context.symbol}" if context.symbol else ""


def _here(action: Action, context: Context, selected: bool) -> bool:
    """True for what makes sense with this pane and this selection."""
    if action.pane == context.pane:
        if action.id == "cancel-order":
            return bool(context.order)
        return bool(context.break_id) if action.scope is Scope.ORDER else True
    if action.pane is not None:
        return False
    if action.scope is Scope.SYMBOL:
        return bool(context.symbol)
    return action.scope is Scope.DESK or (selected and action.id in ("details", "copy"))


def _action_lines(keymap: Keymap, action: Action, width: int, here: Context | None = None) -> list[Line]:
    keys = " ".join(shown(key) for key in keymap.keys.get(action.id, ()))
    when = f" ({action.confirm.value})" if action.dangerous else ""
    where = f" [in {action.pane}]" if action.pane and not here else ""
    style = "danger" if action.id == "kill" else "accent"
    title = action.title
    if here is not None and here.symbol:
        title = title.replace("the selected symbol", here.symbol)
    return _entry(keys, style, KEYS_CELLS, title + when + where, "text", width)
