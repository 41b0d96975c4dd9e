"""Tables on the screen, JSON for scripts, CSV for spreadsheets: the same rows in all three."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

Row = Mapping[str, Any]
Command = Callable[..., Any]


def json_option(command: Command) -> Command:
    """`--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")(command)


def csv_option(command: Command) -> Command:
    """`--csv FILE`."""
    return click.option(
        "--csv", "csv_file", metavar="FILE", help="Write the rows to FILE as CSV (- is stdout)."
    )(command)


def symbol_option(command: Command) -> Command:
    """`--symbol S`."""
    return click.option("--symbol", metavar="S", help="Only this symbol.")(command)


def say(text: str) -> None:
    """A line about what is going on, on stderr, so that stdout stays for the result."""
    click.echo(text, err=True)


def emit_json(value: object) -> None:
    """One JSON value on stdout."""
    click.echo(json.dumps(value, indent=2))


def emit_rows(
    rows: Sequence[Row], columns: Mapping[str, str], *, as_json: bool, csv_file: str | None = None, empty: str
) -> None:
    """Print or write `rows`. `columns`: key -> title, what the table shows; JSON and CSV have every key."""
    if csv_file is not None:
        _write_csv(rows, csv_file, fallback=list(columns))
    elif as_json:
        emit_json(list(rows))
    elif not rows:
        say(empty)
    else:
        click.echo(table(rows, columns))


def table(rows: Sequence[Row], columns: Mapping[str, str]) -> str:
    """Rows under titles, numbers to the right."""
    cells = [[cell(row.get(key)) for key in columns] for row in rows]
    titles = list(columns.values())
    widths = [max(len(titles[i]), *(len(line[i]) for line in cells)) for i in range(len(titles))]
    right = [all(_is_number(row.get(key)) for row in rows) for key in columns]

    def line(parts: Sequence[str]) -> str:
        padded = [
            part.rjust(width) if to_right else part.ljust(width)
            for part, width, to_right in zip(parts, widths, right, strict=True)
        ]
        return "  ".join(padded).rstrip()

    return "\n".join([line(titles), *(line(parts) for parts in cells)])


def cell(value: object) -> str:
    """A value as a table shows it; nothing known is a dash."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return number(value)
    if isinstance(value, dict):
        return ", ".join(f"{key} {cell(held)}" for key, held in value.items()) or "–"
    return str(value)


def number(value: float) -> str:
    """A number with what it holds of nine decimals, and no exponent."""
    text = f"{value:.9f}".rstrip("0").rstrip(".")
    return "0" if text in ("", "-0") else text


def _is_number(value: object) -> bool:
    return value is None or (isinstance(value, (int, float)) and not isinstance(value, bool))


def _write_csv(rows: Sequence[Row], csv_file: str, *, fallback: Sequence[str]) -> None:
    fields = list(rows[0]) if rows else list(fallback)
    if csv_file == "-":
        _write_rows(csv.DictWriter(sys.stdout, fields), rows)
        return
    try:
        with Path(csv_file).open("w", encoding="utf-8", newline="") as file:
            _write_rows(csv.DictWriter(file, fields), rows)
    except OSError as error:
        raise click.ClickException(f"{csv_file} can't be written: {error.strerror}.") from error
    say(f"{len(rows)} rows written to {csv_file}")


def _write_rows(writer: csv.DictWriter[str], rows: Sequence[Row]) -> None:
    writer.writeheader()
    writer.writerows(
        {key: number(v) if isinstance(v, float) else v for key, v in row.items()} for row in rows
    )
