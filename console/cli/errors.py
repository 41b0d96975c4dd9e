"""How a command ends when it isn't done: which exit code, and which sentence on stderr."""

from __future__ import annotations

from collections.abc import Sequence

import click

REFUSED = 1
UNKNOWN = 3
# What an interrupt leaves behind, where the command itself doesn't know better.
INTERRUPTED = {
    "train": "Interrupted: nothing was registered.",
    "optimize": "Interrupted: the study keeps the trials that are finished; the same command goes on.",
    "backtest": "Interrupted: the registry is as it was; of a report there may be half a page.",
    "models": "Interrupted: the registry is never half written; quarterdeck models list shows how it stands.",
}
# Commands to a desk: it may have obeyed what was sent before the interrupt.
SENT = frozenset(["start", "down", "pause", "resume", "kill", "rearm", "drill", "cancel", "flatten"])
# These show something, unless a word of their own follows.
SENT_WITH_A_WORD = frozenset(["limits", "breaks"])
NOT_KNOWN = "Interrupted: whether the desk obeyed is not known; quarterdeck status shows how it stands."


class RefusedError(click.ClickException):
    """Refused, or the desk isn't running."""

    exit_code = REFUSED


class UnknownOutcomeError(click.ClickException):
    """No answer came: what became of it isn't known."""

    exit_code = UNKNOWN


class NotRunningError(RefusedError):
    """The part that would have to do it isn't there."""


def interrupted(words: Sequence[str]) -> click.ClickException | None:
    """The end of the command with these words after Ctrl-C; None where a plain end says enough."""
    command = words[0] if words else ""
    has_word = len(words) > 1 and not words[1].startswith("-")
    if command in SENT or (command in SENT_WITH_A_WORD and has_word):
        return UnknownOutcomeError(NOT_KNOWN)
    told = INTERRUPTED.get(command)
    return None if told is None else RefusedError(told)


def of_system(error: OSError, otherwise: str | None = None) -> str:
    """What the system refused, and of which file; `otherwise` stands where it names none."""
    where = error.filename2 or error.filename or otherwise
    return f"{where}: {error.strerror}" if where else str(error.strerror)


def not_running(what: str) -> NotRunningError:
    """That `what` isn't there."""
    return NotRunningError(
        f"{what} isn't running: quarterdeck up starts the desk, quarterdeck status shows it."
    )


def exit_code_of(error: Exception) -> click.ClickException | None:
    """The end that belongs to an error of the core; None for one that is a fault of this program."""
    from console.core.config import ConfigError
    from console.core.control import NoAnswer, ServiceError
    from console.core.paths import HomeError
    from console.core.venue import VenueError

    if isinstance(error, NoAnswer):
        return UnknownOutcomeError(str(error))
    if isinstance(error, (ConfigError, HomeError, ServiceError, VenueError)):
        return RefusedError(str(error))
    return None
