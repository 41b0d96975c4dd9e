"""`quarterdeck record`: keep all that a console would receive."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from types import FrameType

import click

from console.cli.errors import RefusedError, not_running
from console.cli.output import say
from console.core.config import SystemConfig
from console.core.desk import is_running
from console.core.paths import Home
from console.core.recorder import Recorder
from console.core.recording import RecordingError, RecordingWriter, Stream


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--seconds", type=click.FloatRange(min=0, min_open=True), help="End by itself after so long.")
def record(file: Path, seconds: float | None) -> None:
    """Record every stream of the running desk into FILE until ctrl+c; a name in .gz is compressed.

    quarterdeck console --replay FILE shows it again, and train reads its market data.
    """
    home = Home.resolve()
    if not is_running(home):
        raise not_running("The desk")
    ended = False

    def end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        nonlocal ended
        ended = True

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    deadline = time.monotonic() + seconds if seconds is not None else None
    try:
        with RecordingWriter(file) as writer:
            recorder = Recorder(SystemConfig.in_force(home), writer)
            say(f"Recording into {file}.")
            recorder.run(lambda: ended or (deadline is not None and time.monotonic() >= deadline))
    except RecordingError as error:
        raise RefusedError(str(error)) from error
    except OSError as error:
        raise RefusedError(f"{file}: {error.strerror}; what was written before can be read.") from error
    told = ", ".join(
        f"{recorder.counts[stream]:,} {stream.name.lower().replace('_', '-')}" for stream in Stream
    )
    say(f"Recorded {told}.")
