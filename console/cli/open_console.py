"""`quarterdeck console`: open the console on a desk that runs."""

from __future__ import annotations

import click

from console.cli.errors import RefusedError, not_running
from console.core.desk import is_running
from console.core.paths import Home


@click.command("console")
@click.option("--pane", metavar="NAME", help="Show one pane alone.")
@click.option("--read-only", is_flag=True, help="Without any command that changes the desk.")
def open_console(pane: str | None, read_only: bool) -> None:
    """Open the console; leaving it never stops the desk."""
    from console.core.actions import PANES

    if pane is not None and pane not in PANES:
        raise click.UsageError(f"There is no pane {pane!r}; there are {', '.join(PANES)}.")
    home = Home.resolve()
    if not is_running(home):
        raise not_running(f"The desk in {home.root}")
    run_console(home, pane=pane, read_only=read_only)


def run_console(home: Home, *, pane: str | None, read_only: bool) -> None:
    """Run the console until it is left, and end with its exit code."""
    from console.core.keymap import KeymapError
    from console.core.preferences import PreferencesError
    from console.core.theme import ThemeError
    from console.ui.app import run

    try:
        code = run(home, pane=pane, read_only=read_only)
    except (KeymapError, PreferencesError, ThemeError) as error:
        raise RefusedError(str(error)) from error
    click.get_current_context().exit(code)
