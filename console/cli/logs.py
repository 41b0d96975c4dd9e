"""`quarterdeck logs [SERVICE]`: what the processes of the desk wrote."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

import click

from console.cli.errors import RefusedError
from console.core.paths import Home
from console.supervisor.process import log_size

FOLLOW_EVERY_S = 0.2


@click.command()
@click.argument("service", required=False)
@click.option(
    "-n", "--lines", type=click.IntRange(min=0), default=50, show_default=True, help="How many lines."
)
@click.option("-f", "--follow", is_flag=True, help="Go on with what is written from now on.")
def logs(service: str | None, lines: int, follow: bool) -> None:
    """Show the log of SERVICE (also supervisor, migrate), or of all."""
    folder = Home.resolve().logs
    files = sorted(folder.glob(f"{service or '*'}.log"))
    if not files:
        known = ", ".join(sorted(path.stem for path in folder.glob("*.log"))) or "none yet"
        raise RefusedError(f"There is no log of {service or 'anything'} in {folder}; there are: {known}.")
    for file in files:
        _print(file, _last_lines(file, lines), named=len(files) > 1)
    if follow:
        with contextlib.suppress(KeyboardInterrupt):
            _follow(files)


def _last_lines(file: Path, count: int) -> list[str]:
    text = file.read_text(encoding="utf-8", errors="replace")
    return text.splitlines()[-count:] if count else []


def _print(file: Path, lines: list[str], *, named: bool) -> None:
    for line in lines:
        click.echo(f"{file.stem}: {line}" if named else line)


def _follow(files: list[Path]) -> None:
    """Until ctrl+c; a log that was put aside is read from its new beginning."""
    positions = {file: log_size(file) for file in files}
    while True:
        for file, position in positions.items():
            size = log_size(file)
            if size < position:
                position = 0
            if size > position:
                with file.open("rb") as handle:
                    handle.seek(position)
                    chunk = handle.read(size - position)
                whole = chunk.rpartition(b"\n")[0]
                if whole:
                    _print(file, whole.decode("utf-8", "replace").splitlines(), named=len(files) > 1)
                    positions[file] = position + len(whole) + 1
            else:
                positions[file] = position
        time.sleep(FOLLOW_EVERY_S)
