"""`quarterdeck down`: stop the desk and leave no process behind."""

from __future__ import annotations

import click

from console.cli.errors import RefusedError
from console.cli.output import say
from console.core.paths import Home


@click.command()
def down() -> None:
    """Stop the desk: services, supervisor and the embedded PostgreSQL."""
    from console.supervisor.stop import StopError, stop_desk

    home = Home.resolve()
    try:
        stopped = stop_desk(home, say)
    except StopError as error:
        raise RefusedError(str(error)) from error
    say(f"The desk in {home.root} is down." if stopped else f"Nothing was running in {home.root}.")
