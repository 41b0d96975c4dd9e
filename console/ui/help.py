"""The help: first what can be done where one stands, then everything, made from the registry of actions."""

from __future__ import annotations

from console.core.actions import Action, Scope
from console.core.commandline import DANGEROUS_WORDS, USAGE
from console.core.dialogue import Context, Dialogue
from console.core.keymap import Keymap, shown
from console.ui.ink import Line, line
from console.ui.message import FIRST_START

MARKS: tuple[tuple[str, str], ...] = (
    ("≈", "old: the figure rests on data that is stale"),
    ("┆", "a gap: messages were lost on the way"),
    ("■ ◐ ●", "closed, partly, well"),
    ("↻", "a service that died and was started anew"),
    ("○", "silent service, or an order nobody has touched yet"),
    ("·", "not known"),
    ("~", "no trade yet: the mid stands in its place"),
    ("›", "there are more columns; z gives the pane the screen"),
)


def help_lines(dialogue: Dialogue, context: Context, selected: bool) -> list[Line]:
    """Every line of the help."""
    keymap, read_only = dialogue.keymap, dialogue.read_only
    first = list(FIRST_START)
    if read_only:
        first[:2] = ["This console is read-only: it can look, and change nothing."]
    lines = [
        line(("  Three lines are enough", "accent bold")),
        *(line(("  " + text, "text")) for text in first),
        line(),
        line((f"  Here, in {context.pane}{_about(context)}", "accent bold")),
    ]
    here = [action for action in keymap.actions if _here(action, context, selected)]
    lines += [_action_line(keymap, action) for action in here]
    lines += [line(), line(("  Everywhere", "accent bold"))]
    everywhere = [action for action in keymap.actions if action.pane is None and action not in here]
    lines += [_action_line(keymap, action) for action in everywhere]
    elsewhere = [a for a in keymap.actions if a.pane is not None and a not in here]
    if elsewhere:
        lines += [line(), line(("  In other panes, or with something else selected", "accent bold"))]
        lines += [_action_line(keymap, action) for action in elsewhere]
    lines += [line(), line((f"  Command line, after {keymap.key_of('command')}", "accent bold"))]
    for word, (written, meaning) in USAGE.items():
        if not (read_only and word in DANGEROUS_WORDS):
            lines.append(line(("  " + written.ljust(44), "text"), (meaning, "muted")))
    lines += [line(), line(("  Marks", "accent bold"))]
    lines += [line(("  " + mark.ljust(12), "text"), (meaning, "muted")) for mark, meaning in MARKS]
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


def _action_line(keymap: Keymap, action: Action) -> Line:
    keys = " ".join(shown(key) for key in keymap.keys.get(action.id, ()))
    when = f" ({action.confirm.value})" if action.dangerous else ""
    where = f" [in {action.pane}]" if action.pane else ""
    style = "danger" if action.id == "kill" else "accent"
    return line(("  " + keys.ljust(14), style), (action.title + when + where, "text"))
