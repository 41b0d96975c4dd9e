"""What each key of the registry shows, in every pane where it means something: the table of the tour.

An action without a stop is an error of the tour, so no key can be forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass

from console.core.actions import ACTIONS, PANES, Action
from console.core.keymap import PUNCTUATION_OF

# tmux' names of Textual's keys.
NAMED = {
    "tab": "Tab", "shift+tab": "BTab", "enter": "Enter", "escape": "Escape", "pagedown": "NPage",
    "pageup": "PPage", "home": "Home", "end": "End", "down": "Down", "up": "Up", "left": "Left",
    "right": "Right", "ctrl+p": "C-p", "backspace": "BSpace",
}  # fmt: skip


@dataclass(frozen=True)
class Press:
    """A key (by Textual's name), or a text that is typed, and what must then be on the screen.

    `{symbol}` and `{pane}` stand for what is selected; an empty pattern waits for nothing.
    """

    key: str = ""
    shows: str = ""
    text: str = ""
    keep: bool = True


@dataclass(frozen=True)
class Stop:
    """What an action's key shows, and what is pressed afterwards: looks at the rest, then the way back."""

    shows: str
    then: tuple[Press, ...] = ()


BACK = Press("escape", keep=False)
ROW = r"(?m)(^|  | )[▌▏] +\S"
ANSWERED = r"[\s\S]*: sent → [\s\S]*(done|accepted)"
NOTHING_SENT = Press("escape", "nothing was sent")

STOPS: dict[str, Stop] = {
    "kill": Stop(r"KILL THE WHOLE DESK[\s\S]*ESC disarms", (Press("escape", "the kill was disarmed"),)),
    "pause-symbol": Stop(
        "pause {symbol}" + ANSWERED,
        (Press("r", r"resume {symbol}\?"), NOTHING_SENT, Press("r", r"resume {symbol}\?", keep=False),
         Press("y", "resume {symbol}" + ANSWERED)),
    ),
    "pause-desk": Stop(
        "pause desk" + ANSWERED,
        (Press("R", r"resume desk\?"), NOTHING_SENT, Press("R", r"resume desk\?", keep=False),
         Press("y", "resume desk" + ANSWERED)),
    ),
    "resume-symbol": Stop(r"resume {symbol}\?", (NOTHING_SENT,)),
    "resume-desk": Stop(r"resume desk\?", (NOTHING_SENT,)),
    "cancel-order": Stop(r"cancel .*: sent → |select a working order first"),
    "break-adopt": Stop("select a break first"),
    "break-flatten": Stop("select a break first"),
    "break-ignore": Stop("select a break first"),
    "acknowledge": Stop("acknowledged|no alert is open"),
    "command": Stop(
        "a command of the shell",
        (Press(text="pa", shows="pause, pane"), Press("tab", ":pa"), Press("tab", ":pa"), BACK),
    ),
    "palette": Stop("action:", (Press(text="zo", shows="action: zo"), Press("down"), BACK)),
    "goto": Stop(r"go to", (Press(text="br", shows="go to br"), Press("tab", r"go to BRVO"), BACK)),
    "filter": Stop(r"(?m)^ ?/", (Press(text="a", shows="/a"), Press("enter", "/a"), BACK)),
    "cancel-symbol": Stop(
        r"cancel .*{symbol}\?",
        (NOTHING_SENT, Press("C", r"cancel .*{symbol}\?", keep=False), Press("y", r"cancel " + ANSWERED)),
    ),
    "flatten": Stop(
        r"flatten: type {symbol} and enter",
        (Press(text="x", shows="sends nothing: x"), Press("enter", "nothing was sent: x was typed"),
         Press("F", r"flatten: type", keep=False), NOTHING_SENT),
    ),
    "sort": Stop(r"{pane} by |{pane} in its own order|order of its own"),
    "reverse": Stop("{pane}", (Press("S", keep=False),)),
    "watchlist": Stop("watchlist"),
    "next-pane": Stop("▌"),
    "previous-pane": Stop("▌"),
    **{f"pane-{name}": Stop(f"▌{number} {name}") for number, name in enumerate(PANES, 1)},
    "zoom": Stop("▌", (Press("z"),)),
    "hide": Stop("{pane} is hidden", (Press("X", "every pane is back", keep=False),)),
    "show-all": Stop("every pane is back"),
    "wider": Stop("▌"),
    "narrower": Stop("▌", (Press("greater_than_sign", keep=False),)),
    "taller": Stop("▌"),
    "shorter": Stop("▌", (Press("X", "every pane is back", keep=False),)),
    **{name: Stop(ROW) for name in ("down", "up", "page-down", "page-up", "first", "last")},
    "details": Stop("esc goes back|select a row first", (Press("pagedown"), BACK)),
    "interval": Stop(r"{symbol} 5s", tuple(Press("i", r"{symbol} \d") for _ in range(3))),
    "interval-back": Stop(r"{symbol} \d", tuple(Press("I", r"{symbol} \d", keep=False) for _ in range(2))),
    "overlay": Stop("SMA", tuple(Press("o") for _ in range(5))),
    "lower": Stop("RSI", (Press("b", "MACD"), Press("b"))),
    "cursor-left": Stop(r"{symbol} .* \d\d:\d\d:\d\d", tuple(Press("left", keep=False) for _ in range(5))),
    "cursor-right": Stop(r"{symbol} .* \d\d:\d\d:\d\d", (BACK,)),
    "scroll-back": Stop("newer|oldest bar there is"),
    "scroll-on": Stop("{symbol}"),
    "zoom-in": Stop("{symbol}"),
    "zoom-out": Stop("{symbol}"),
    "glyphs": Stop("the chart is drawn in", (Press("u"), Press("u"))),
    "copy": Stop("terminal's clipboard|select a row first"),
    "export": Stop(r"rows of {pane} written to"),
    "export-orders": Stop("order history written to"),
    "screenshot": Stop("the screen was written to"),
    "theme": Stop("theme [a-z-]+:", tuple(Press("t", "theme [a-z-]+:") for _ in range(5))),
    "escape": Stop("▌"),
    "help": Stop("Three lines are enough", (Press("pagedown"), Press("pagedown"), Press("end"), BACK)),
    "quit": Stop("console ended with 0"),
}  # fmt: skip


def here(pane: str) -> list[Action]:
    """What can be done in a pane, leaving apart; raises `KeyError` for an action of which nobody said what it
    shows.
    """
    found = [action for action in ACTIONS if action.pane in (None, pane) and action.id != "quit"]
    for action in ACTIONS:
        STOPS[action.id]
    return found


def for_tmux(key: str) -> tuple[str, bool]:
    """How tmux sends a key: its name there, and whether it is sent as it is."""
    if key in NAMED:
        return NAMED[key], False
    return PUNCTUATION_OF.get(key, key), True
