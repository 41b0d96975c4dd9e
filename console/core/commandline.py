"""The console's `:` line: the same words as the shell's, read into an `Intent` or a console request."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from console.core.actions import PANES
from console.core.commands import Intent, Kind

# Each word, how it is written, and what it does: also what `:help` and the completion show.
USAGE: dict[str, tuple[str, str]] = {
    "pause": ("pause [SYMBOL]", "no new risk in the symbol or the whole desk; working orders stay"),
    "resume": ("resume [SYMBOL]", "lifts the operator's pause, after y"),
    "kill": ("kill [SYMBOL] [--reason TEXT]", "cancels everything, verifies, stays stopped; after enter"),
    "rearm": ("rearm [SYMBOL] --reason TEXT", "ends a kill when the services agree, after y"),
    "cancel": ("cancel ORDER | --symbol S | --all", "cancels working orders"),
    "flatten": ("flatten SYMBOL", "closes the position at the market, after y"),
    "limits": ("limits set NAME=VALUE …", "changes risk limits, after y; `limits` alone shows them"),
    "breaks": ("breaks adopt|flatten|ignore ID --reason TEXT", "decides a break with the venue, after y"),
    "go": ("go SYMBOL", "selects the symbol"),
    "pane": (f"pane {'|'.join(PANES)}", "shows the pane"),
    "theme": ("theme NAME", "changes the colours"),
    "layout": ("layout reset|hide PANE|show PANE", "which panes are on the screen"),
    "sort": ("sort COLUMN", "sorts the pane by a column; again turns it round"),
    "export": ("export [FILE]", "writes what the pane shows to a CSV file"),
    "orders": ("orders export [FILE]", "writes the order history to a CSV file"),
    "screenshot": ("screenshot [FILE]", "writes this screen to an SVG file"),
    "help": ("help", "keys and commands"),
    "quit": ("quit", "leaves the console; the desk goes on"),
}
DANGEROUS_WORDS = frozenset({"pause", "resume", "kill", "rearm", "cancel", "flatten", "limits", "breaks"})
# Between two letters it belongs to the word: a reason may tell of a stranger's order.
_APOSTROPHE = re.compile(r"(?<=\w)'(?=\w)")
_STANDS_FOR = "\u2019"
BREAK_ACTIONS = ("adopt", "flatten", "ignore")


class CommandLineError(ValueError):
    """A line that can't be carried out; the message says how to write it."""


@dataclass(frozen=True, slots=True)
class ConsoleRequest:
    """A line that only concerns the console itself."""

    word: str
    argument: str = ""


def parse(line: str, symbols: Iterable[str] = ()) -> Intent | ConsoleRequest:
    """Reads one line. Symbols may be typed in any case if the desk knows them in capitals.

    Raises `CommandLineError` with the way to write it. A kill comes back as an intent like all others; that
    it has to be armed first is the screen's business.
    """
    try:
        words = [word.replace(_STANDS_FOR, "'") for word in shlex.split(_APOSTROPHE.sub(_STANDS_FOR, line))]
    except ValueError as error:
        raise CommandLineError("a quotation mark is not closed") from error
    if not words:
        raise CommandLineError("type a command, or escape")
    word, rest = words[0], words[1:]
    if word in ("q", "exit"):
        word = "quit"
    if word not in USAGE:
        raise CommandLineError(f"there is no command {word!r}; there are {', '.join(USAGE)}")
    known = frozenset(symbols)
    if word in ("pause", "resume", "kill", "rearm"):
        return _switch(word, rest, known)
    if word == "cancel":
        return _cancel(rest, known)
    if word == "flatten":
        if len(rest) != 1:
            raise _usage("flatten")
        return Intent(Kind.FLATTEN, _symbol(rest[0], known))
    if word == "limits" and rest:
        return _limits(rest)
    if word == "breaks":
        return _break(rest)
    return _request(word, rest, known)


def _usage(word: str) -> CommandLineError:
    return CommandLineError(f"write: {USAGE[word][0]}")


def _symbol(text: str, known: frozenset[str]) -> str:
    for candidate in (text, text.upper()):
        if candidate in known:
            return candidate
    if known:
        raise CommandLineError(f"the desk has no symbol {text!r}")
    return text


def _options(rest: Sequence[str], names: Iterable[str], word: str) -> tuple[list[str], dict[str, str]]:
    allowed = set(names)
    plain: list[str] = []
    options: dict[str, str] = {}
    waiting = list(rest)
    while waiting:
        item = waiting.pop(0)
        if not item.startswith("--"):
            plain.append(item)
            continue
        name, equals, value = item[2:].partition("=")
        if name not in allowed:
            raise _usage(word)
        if not equals:
            if not waiting:
                raise _usage(word)
            value = waiting.pop(0)
            # A reason is a sentence: on this line it needs no quotation marks.
            while name == "reason" and waiting and not waiting[0].startswith("--"):
                value += " " + waiting.pop(0)
        options[name] = value
    return plain, options


def _switch(word: str, rest: Sequence[str], known: frozenset[str]) -> Intent:
    names = ("reason",)
    plain, options = _options(rest, names, word)
    if len(plain) > 1:
        raise _usage(word)
    reason = options.get("reason", "").strip()
    if word == "rearm" and not reason:
        raise CommandLineError("a re-arm is recorded with its reason; write: rearm [SYMBOL] --reason TEXT")
    symbol = _symbol(plain[0], known) if plain else ""
    return Intent(Kind(word), symbol, reason=reason)


def _cancel(rest: Sequence[str], known: frozenset[str]) -> Intent:
    everything = "--all" in rest
    plain, options = _options([item for item in rest if item != "--all"], ("symbol",), "cancel")
    if [everything, "symbol" in options, bool(plain)].count(True) != 1 or len(plain) > 1:
        raise _usage("cancel")
    if plain:
        return Intent(Kind.CANCEL, order=plain[0])
    return Intent(Kind.CANCEL, "" if everything else _symbol(options["symbol"], known))


def _break(rest: Sequence[str]) -> Intent:
    plain, options = _options(rest, ("reason",), "breaks")
    if len(plain) != 2 or plain[0] not in BREAK_ACTIONS:
        raise _usage("breaks")
    reason = options.get("reason", "").strip()
    if not reason:
        raise CommandLineError(
            f"a break is decided with a reason; write: breaks {plain[0]} {plain[1]} --reason TEXT"
        )
    return Intent(Kind.BREAK, reason=reason, break_id=plain[1], action=plain[0])


def _limits(rest: Sequence[str]) -> Intent:
    if rest[0] != "set" or len(rest) < 2:
        raise _usage("limits")
    values: dict[str, float] = {}
    for item in rest[1:]:
        name, equals, text = item.partition("=")
        try:
            value = float(text.replace("_", ""))
        except ValueError:
            value = float("nan")
        if not equals or not name or not 0 <= value < float("inf"):
            raise CommandLineError(f"{item!r} is not NAME=VALUE with a number that is not below zero")
        values[name] = value
    return Intent(Kind.LIMITS, limits=values)


def _request(word: str, rest: Sequence[str], known: frozenset[str]) -> ConsoleRequest:
    wants = {
        "go": (1, 1), "pane": (1, 1), "theme": (1, 1), "export": (0, 1), "sort": (1, 1), "screenshot": (0, 1),
        "orders": (1, 2), "layout": (1, 2),
    }  # fmt: skip
    least, most = wants.get(word, (0, 0))
    if not least <= len(rest) <= most:
        raise _usage(word)
    argument = " ".join(rest)
    if word == "layout" and (rest[0], len(rest)) not in (("reset", 1), ("hide", 2), ("show", 2)):
        raise _usage(word)
    if word == "layout" and len(rest) == 2 and rest[1] not in PANES:
        raise _usage(word)
    if word == "orders" and rest[0] != "export":
        raise _usage(word)
    if word == "go":
        argument = _symbol(argument, known)
    if word == "pane" and argument not in PANES:
        raise _usage("pane")
    return ConsoleRequest(word, argument)


def complete(
    line: str,
    symbols: Iterable[str],
    limits: Iterable[str] = (),
    *,
    breaks: Iterable[str] = (),
    themes: Iterable[str] = (),
    read_only: bool = False,
) -> list[str]:
    """The words that could stand in place of the last one of the line."""
    head, _, last = line.rpartition(" ")
    before = head.split()
    if not before:
        words: Iterable[str] = (w for w in USAGE if not (read_only and w in DANGEROUS_WORDS))
    elif before[0] == "limits":
        words = ["set"] if len(before) == 1 else [f"{name}=" for name in limits]
    elif before[0] == "pane":
        words = PANES
    elif before[0] == "breaks":
        words = BREAK_ACTIONS if len(before) == 1 else breaks if len(before) == 2 else ["--reason"]
    elif before[0] == "layout":
        words = ("reset", "hide", "show") if len(before) == 1 else PANES
    elif before[0] == "theme":
        words = themes
    elif before[0] in ("export", "quit", "help", "sort", "orders", "screenshot"):
        words = ("export",) if before == ["orders"] else ()
    elif before[0] == "cancel":
        words = symbols if before[-1] == "--symbol" else ["--symbol", "--all"]
    else:
        words = [*symbols, "--reason"] if before[0] in ("kill", "rearm") else symbols
    return [word for word in words if word.lower().startswith(last.lower())]


def explain(line: str) -> str:
    """One sentence about the command being typed; empty until its first word is known."""
    words = line.split()
    if not words:
        return "a command of the shell; tab completes"
    found = [word for word in USAGE if word.startswith(words[0])]
    if words[0] in USAGE:
        return " - ".join(USAGE[words[0]])
    return ", ".join(found) if found else f"there is no command {words[0]!r}"
