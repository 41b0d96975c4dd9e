"""Everything a key can do, in one registry: bindings, footer, help and the keymap's checks are made from it.

What lowers risk acts at once and may be repeated; what raises it asks for `y`; what can't be undone takes two
different keys. `dangerous` actions change the desk, and a read-only console doesn't have them at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

PANES = ("market", "signals", "orders", "positions", "risk", "log")


class Scope(Enum):
    """What an action touches."""

    DESK = "desk"
    SYMBOL = "symbol"
    ORDER = "order"
    CONSOLE = "console"


class Confirm(Enum):
    """What has to follow the key before anything is sent."""

    NOTHING = "at once"
    YES = "after y"
    TYPED = "after its name is typed"
    ARMED = "after enter"
    LINE = "with a reason"


@dataclass(frozen=True, slots=True)
class Action:
    """One thing a key can do.

    `safety` marks what a keymap must always have a key for; `pane` limits an action to that pane;
    `hint` is the word of the footer, empty when the footer doesn't show it.
    """

    id: str
    keys: tuple[str, ...]
    title: str
    scope: Scope
    hint: str = ""
    dangerous: bool = False
    safety: bool = False
    confirm: Confirm = Confirm.NOTHING
    pane: str | None = None


def _action(
    id: str,  # noqa: A002 - the registry's own word
    keys: str,
    title: str,
    scope: Scope = Scope.CONSOLE,
    hint: str = "",
    *,
    dangerous: bool = False,
    safety: bool = False,
    confirm: Confirm = Confirm.NOTHING,
    pane: str | None = None,
) -> Action:
    return Action(id, tuple(keys.split()), title, scope, hint, dangerous, safety, confirm, pane)


ACTIONS: tuple[Action, ...] = (
    _action(
        "kill", "K", "Kill the desk: cancel every order, verify, stay stopped", Scope.DESK, "kill",
        dangerous=True, safety=True, confirm=Confirm.ARMED,
    ),
    _action(
        "pause-symbol", "p", "Pause the selected symbol; its working orders stay", Scope.SYMBOL, "pause",
        dangerous=True, safety=True,
    ),
    _action(
        "pause-desk", "P", "Pause the whole desk; working orders stay", Scope.DESK, "pause all",
        dangerous=True, safety=True,
    ),
    _action(
        "resume-symbol", "r", "Resume the selected symbol", Scope.SYMBOL, "resume",
        dangerous=True, confirm=Confirm.YES,
    ),
    _action(
        "resume-desk", "R", "Resume the whole desk", Scope.DESK, "resume all",
        dangerous=True, confirm=Confirm.YES,
    ),
    _action(
        "cancel-order", "c", "Cancel the selected order", Scope.ORDER, "cancel",
        dangerous=True, safety=True, pane="orders",
    ),
    _action(
        "break-adopt", "a", "Adopt the selected break: book the venue's word", Scope.ORDER, "adopt",
        dangerous=True, confirm=Confirm.LINE, pane="risk",
    ),
    _action(
        "break-flatten", "f", "Flatten the difference of the selected break", Scope.ORDER, "flatten break",
        dangerous=True, confirm=Confirm.LINE, pane="risk",
    ),
    _action(
        "break-ignore", "n", "Ignore the selected break: count the worse of both", Scope.ORDER, "ignore",
        dangerous=True, confirm=Confirm.LINE, pane="risk",
    ),
    _action("acknowledge", "a", "Acknowledge the selected alert, or all of them", hint="acknowledge",
    pane="log"), _action("command", "colon", "Command line: the commands of the shell", hint="command"),
    _action("palette", "ctrl+p", "Find an action by its name"),
    _action("goto", "g", "Go to a symbol", hint="go to"),
    _action("filter", "slash", "Filter this pane", hint="filter"),
    _action(
        "cancel-symbol", "C", "Cancel every working order in the selected symbol", Scope.SYMBOL, "cancel all",
        dangerous=True, confirm=Confirm.YES,
    ),
    _action(
        "flatten", "F", "Flatten the selected symbol at the market", Scope.SYMBOL, "flatten",
        dangerous=True, confirm=Confirm.TYPED,
    ),
    _action("sort", "s", "Sort this pane by the next column", hint="sort"),
    _action("reverse", "S", "Sort the other way round"),
    _action("watchlist", "w", "Next watchlist of the configuration", pane="market"),
    _action("next-pane", "tab", "Next pane", hint="pane"),
    _action("previous-pane", "shift+tab", "Previous pane"),
    *(_action(f"pane-{name}", str(n), f"Pane: {name}") for n, name in enumerate(PANES, 1)),
    _action("zoom", "z", "Give this pane the whole screen, or give it back", hint="zoom"),
    _action("hide", "x", "Hide this pane"),
    _action("show-all", "X", "Show every pane again, in its own size"),
    _action("wider", "greater_than_sign", "Make this pane wider"),
    _action("narrower", "less_than_sign", "Make this pane narrower"),
    _action("taller", "right_curly_bracket", "Make this pane taller"),
    _action("shorter", "left_curly_bracket", "Make this pane shorter"),
    _action("down", "down j", "Select the next row"),
    _action("up", "up k", "Select the row before"),
    _action("page-down", "pagedown", "A page down"),
    _action("page-up", "pageup", "A page up"),
    _action("first", "home", "Select the first row"),
    _action("last", "end", "Select the last row"),
    _action("details", "enter", "Show everything about the selected row", hint="details"),
    _action("interval", "i", "Next bar interval of the chart", hint="interval", pane="market"),
    _action("interval-back", "I", "Bar interval before", pane="market"),
    _action("overlay", "o", "Curves over the candles: SMA, EMA, Bollinger, VWAP, all", hint="curves",
    pane="market"), _action("lower", "b", "Below the candles: RSI, MACD, nothing", pane="market"),
    _action("cursor-left", "left", "Crosshair: the candle before", pane="market"),
    _action("cursor-right", "right", "Crosshair: the next candle", pane="market"),
    _action("scroll-back", "comma left_square_bracket", "Scroll the chart back", pane="market"),
    _action("scroll-on", "full_stop right_square_bracket", "Scroll the chart on, to the newest bar",
    pane="market"), _action("zoom-in", "plus equals_sign", "Wider candles", pane="market"),
    _action("zoom-out", "minus", "More candles", pane="market"),
    _action("glyphs", "u", "Draw the chart in braille, blocks or ASCII", pane="market"),
    _action("copy", "Y", "Copy the selected row to the terminal's clipboard"),
    _action("export", "e", "Write what this pane shows to a CSV file"),
    _action("export-orders", "E", "Write the order history to a CSV file"),
    _action("screenshot", "W", "Write this screen to an SVG file"),
    _action("theme", "t", "Next theme"),
    _action("escape", "escape", "Back: close, clear the filter, disarm"),
    _action("help", "question_mark", "What can be done here", hint="help"),
    _action("quit", "q", "Leave the console; the desk goes on", hint="quit"),
)  # fmt: skip
BY_ID: dict[str, Action] = {action.id: action for action in ACTIONS}


def available(*, read_only: bool) -> tuple[Action, ...]:
    """The actions of a console; without any that is dangerous when it is read-only."""
    return tuple(action for action in ACTIONS if not (read_only and action.dangerous))
