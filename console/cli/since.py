"""`--since T`: a time of day, a date, an instant, or how long ago."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import click

_AGO = re.compile(r"(\d+(?:\.\d+)?)(s|m|h|d)")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def since_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--since T`, given to the command as microseconds since 1970, or None."""
    return click.option(
        "--since",
        metavar="T",
        callback=lambda _context, _parameter, value: None if value is None else parse_since(value),
        help="Only from T on: 15m, 2h, 1d (ago), 09:30, 2024-01-31 or 2024-01-31T09:30:00Z (UTC).",
    )(command)


def parse_since(text: str, now: datetime | None = None) -> int:
    """`text` in microseconds since 1970; times without a zone are UTC."""
    now = now if now is not None else datetime.now(UTC)
    ago = _AGO.fullmatch(text)
    if ago:
        at = now - timedelta(**{_UNITS[ago[2]]: float(ago[1])})
    else:
        try:
            if re.fullmatch(r"\d{1,2}:\d{2}(:\d{2})?", text):
                parts = [int(part) for part in text.split(":")]
                at = now.replace(hour=parts[0], minute=parts[1], second=sum(parts[2:]), microsecond=0)
            else:
                at = datetime.fromisoformat(text)
        except ValueError as error:
            raise click.BadParameter(
                f"{text!r} is no time; write 15m, 09:30, or 2024-01-31T09:30:00Z."
            ) from error
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return int(at.timestamp() * 1_000_000)
