"""`quarterdeck console`: open the console on a desk that runs."""

from __future__ import annotations

import gc
import os
import re
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from functools import partial
from pathlib import Path

import click

from console.cli.errors import RefusedError, not_running
from console.core.desk import is_running
from console.core.paths import Home

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# How many times faster than it happened a recording may be shown.
FASTEST = 1_000.0


@click.command("console")
@click.option("--pane", metavar="NAME", help="Show one pane alone.")
@click.option("--read-only", is_flag=True, help="Without any command that changes the desk.")
@click.option(
    "--replay",
    "recording",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Show a recording instead of the desk.",
)
@click.option("--at", metavar="TIME", help="Of the recording: 14:03:05, +90s, or 2024-01-31T14:03:05Z (UTC).")
@click.option("--speed", type=click.FloatRange(0, FASTEST, min_open=True), help="Times recorded speed.")
def open_console(
    pane: str | None, read_only: bool, recording: Path | None, at: str | None, speed: float | None
) -> None:
    """Open the console; leaving it never stops the desk.

    With --replay it shows the screen of a moment that was recorded and goes on from there; no desk need run.
    """
    # Nothing of what is loaded up to the first screen can be garbage: the app turns the collector on again.
    gc.disable()
    from console.core.actions import PANES

    if pane is not None and pane not in PANES:
        raise click.UsageError(f"There is no pane {pane!r}; there are {', '.join(PANES)}.")
    home = Home.resolve()
    if recording is not None:
        replay(home, recording, at, speed=speed or 1.0, pane=pane)
        return
    if at is not None or speed is not None:
        raise click.UsageError("--at and --speed are for a recording: name it with --replay FILE.")
    if not is_running(home):
        raise not_running(f"The desk in {home.root}")
    run_console(home, pane=pane, read_only=read_only)


def replay(home: Home, recording: Path, at: str | None, *, speed: float, pane: str | None) -> None:
    """Run the console on a recording until it is left, and end with its exit code."""
    from console.core.player import first_arrival_us
    from console.core.recording import RecordingError
    from console.ui.start import open_replay

    try:
        at_us = None if at is None else parse_moment(at, first_arrival_us(recording))
        run = partial(open_replay, home, recording, at_us, speed=speed, pane=pane)
        end_with(run)
    except RecordingError as error:
        raise RefusedError(str(error)) from error


def parse_moment(text: str, first_us: int) -> int:
    """A moment of a recording that begins at `first_us`; a time of day is the first one behind its beginning.

    In microseconds since 1970; times without a zone are UTC.
    """
    after = re.fullmatch(r"\+(\d+(?:\.\d+)?)(s|m|h)", text)
    if after:
        return first_us + round(float(after[1]) * {"s": 1, "m": 60, "h": 3_600}[after[2]] * 1_000_000)
    began = EPOCH + timedelta(microseconds=first_us)
    try:
        if re.fullmatch(r"\d{1,2}:\d{2}(:\d{2}(\.\d{1,6})?)?", text):
            of_day = time.fromisoformat(text if text.index(":") == 2 else f"0{text}")
            at = datetime.combine(began.date(), of_day, UTC)
            # The second in which it began is meant to begin with it.
            if at < began.replace(microsecond=0):
                at += timedelta(days=1)
            at = max(at, began)
        else:
            at = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(
            f"{text!r} is no moment; write 14:03:05, +90s (after its beginning) or 2024-01-31T14:03:05Z.",
            param_hint="--at",
        ) from error
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return (at - EPOCH) // timedelta(microseconds=1)


def run_console(home: Home, *, pane: str | None, read_only: bool) -> None:
    """Run the console until it is left, and end with its exit code."""
    from console.ui import start

    database = partial(database_address, home)
    end_with(partial(start.open_console, home, pane=pane, read_only=read_only, database=database))


def database_address(home: Home) -> str | None:
    """That of the embedded database, as `up` noted it, else DATABASE_URL."""
    # Imported when it is asked for: the first screen doesn't wait for it.
    from console.supervisor.migrate import read_url

    return read_url(home) or os.environ.get("DATABASE_URL")


def end_with(run: Callable[[], int]) -> None:
    """End with the exit code of a console; what can't be used of its settings is refused."""
    from console.core.keymap import KeymapError
    from console.core.preferences import PreferencesError
    from console.core.theme import ThemeError

    try:
        code = run()
    except (KeymapError, PreferencesError, ThemeError) as error:
        raise RefusedError(str(error)) from error
    click.get_current_context().exit(code)
