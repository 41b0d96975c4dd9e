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
    ARMED = "after enter"


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
        "kill",
        "K",
        "Kill the desk: cancel every order, verify, stay stopped",
        Scope.DESK,
        "kill",
        dangerous=True,
        safety=True,
        confirm=Confirm.ARMED,
    ),
    _action(
        "pause-symbol",
        "p",
        "Pause the selected symbol; its working orders stay",
        Scope.SYMBOL,
        "pause",
        dangerous=True,
        safety=True,
    ),
    _action(
        "pause-desk",
        "P",
        "Pause the whole desk; working orders stay",
        Scope.DESK,
        "pause all",
        dangerous=True,
        safety=True,
    ),
    _action(
        "resume-symbol",
        "r",
        "Resume the selected symbol",
        Scope.SYMBOL,
        "resume",
        dangerous=True,
        confirm=Confirm.YES,
    ),
    _action(
        "resume-desk",
        "R",
        "Resume the whole desk",
        Scope.DESK,
        "resume all",
        dangerous=True,
        confirm=Confirm.YES,
    ),
    _action(
        "cancel-order",
        "c",
        "Cancel the selected order",
        Scope.ORDER,
        "cancel",
        dangerous=True,
        safety=True,
        pane="orders",
    ),
    _action("command", "colon", "Command line: the commands of the shell", hint="command"),
    _action("goto", "g", "Go to a symbol", hint="go to"),
    _action("filter", "slash", "Filter this pane", hint="filter"),
    _action("next-pane", "tab", "Next pane", hint="pane"),
    _action("previous-pane", "shift+tab", "Previous pane"),
    *(_action(f"pane-{name}", str(n), f"Pane: {name}") for n, name in enumerate(PANES, 1)),
    _action("zoom", "z", "Give this pane the whole screen, or give it back", hint="zoom"),
    _action("down", "down j", "Select the next row"),
    _action("up", "up k", "Select the row before"),
    _action("page-down", "pagedown", "A page down"),
    _action("page-up", "pageup", "A page up"),
    _action("first", "home", "Select the first row"),
    _action("last", "end", "Select the last row"),
    _action("details", "enter", "Show everything about the selected row", hint="details"),
    _action("interval", "i", "Next bar interval of the chart", pane="market"),
    _action("export", "e", "Write the order history to a CSV file"),
    _action("theme", "t", "Next theme"),
    _action("escape", "escape", "Back: close, clear the filter, disarm"),
    _action("help", "question_mark", "This help", hint="help"),
    _action("quit", "q", "Leave the console; the desk goes on", hint="quit"),
)
BY_ID: dict[str, Action] = {action.id: action for action in ACTIONS}


def available(*, read_only: bool) -> tuple[Action, ...]:
    """The actions of a console; without any that is dangerous when it is read-only."""
    return tuple(action for action in ACTIONS if not (read_only and action.dangerous))
