"""How a command ends when it isn't done: which exit code, and which sentence on stderr."""

from __future__ import annotations

import click

REFUSED = 1
UNKNOWN = 3


class RefusedError(click.ClickException):
    """Refused, or the desk isn't running."""

    exit_code = REFUSED


class UnknownOutcomeError(click.ClickException):
    """No answer came: what became of it isn't known."""

    exit_code = UNKNOWN


class NotRunningError(RefusedError):
    """The part that would have to do it isn't there."""


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
