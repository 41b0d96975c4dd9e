"""The day's profit as the database has it, for a console that was opened late. Without pandas: it is asked
while a screen is being drawn.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime, timedelta

import psycopg2

from console.store import queries
from console.store.errors import CONNECT_TIMEOUT_S, DatabaseUnavailableError, first_line

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The curve has no more points than this; they are a minute apart or more.
POINTS = 400
SHORTEST_S = 60

Snapshot = tuple[int, str, float]


def profit_curve(url: str, start_us: int, end_us: int) -> list[tuple[int, float]]:
    """Realised and unrealised P&L of all positions since the desk's first day, at moments of [start, end).

    Times are microseconds since 1970. Raises `DatabaseUnavailableError`.
    """
    width_s = max(SHORTEST_S, -(-(end_us - start_us) // (POINTS * 1_000_000)))
    values = {"start": _moment(start_us), "end": _moment(end_us), "width": timedelta(seconds=width_s)}
    try:
        with closing(psycopg2.connect(url, connect_timeout=CONNECT_TIMEOUT_S)) as connection:
            connection.set_session(readonly=True, autocommit=True)
            with connection.cursor() as cursor:
                cursor.execute(queries.PROFIT, values)
                rows = [
                    ((at - EPOCH) // timedelta(microseconds=1), symbol, float(profit))
                    for at, symbol, profit in cursor
                ]
    except psycopg2.Error as error:
        raise DatabaseUnavailableError(
            f"PostgreSQL doesn't tell the day's profit ({first_line(error)})"
        ) from error
    return summed(rows, start_us)


def _moment(at_us: int) -> datetime:
    return EPOCH + timedelta(microseconds=at_us)


def summed(snapshots: Iterable[Snapshot], start_us: int) -> list[tuple[int, float]]:
    """One point per moment: the sum over all symbols of what each had last. What was before `start_us` only
    counts in those sums.
    """
    newest: dict[str, float] = {}
    points: list[tuple[int, float]] = []
    for at_us, symbol, profit in snapshots:
        newest[symbol] = profit
        if at_us < start_us:
            continue
        point = (at_us, sum(newest.values()))
        if points and points[-1][0] == at_us:
            points[-1] = point
        else:
            points.append(point)
    return points
