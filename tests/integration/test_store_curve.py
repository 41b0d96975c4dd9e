"""The day's profit from the snapshots in a real PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime

import psycopg2
import pytest

from console.store.curve import profit_curve
from console.store.errors import DatabaseUnavailableError
from console.supervisor.migrate import DatabaseUrls

DAY = datetime(2024, 3, 5, tzinfo=UTC)
DAY_US = int(DAY.timestamp()) * 1_000_000
MINUTE_US = 60_000_000
# Seconds after the day's beginning, symbol, realised and unrealised.
SNAPSHOTS = [
    (-600, "ALFA", 1, 2),
    (-300, "ALFA", 4, 1),
    (10, "BRVO", -7, 0),
    (50, "BRVO", -8, 0),
    (70, "ALFA", 6, 0),
    (7_200, "ALFA", 100, 0),
]


def test_the_last_of_each_minute_is_summed_over_symbols(database: DatabaseUrls) -> None:
    with psycopg2.connect(database.service) as connection, connection.cursor() as cursor:
        for number, (second, symbol, realized, unrealized) in enumerate(SNAPSHOTS, 1):
            cursor.execute(
                "INSERT INTO position_snapshots "
                "VALUES ('j', %s, to_timestamp(%s), %s, 1, 1, 1, %s, %s, 0, 1)",
                (number, DAY.timestamp() + second, symbol, unrealized, realized),
            )
    connection.close()
    curve = profit_curve(database.service, DAY_US, DAY_US + 60 * MINUTE_US)
    assert curve == [(DAY_US, -3.0), (DAY_US + MINUTE_US, -2.0)]


def test_a_database_that_is_away_is_named() -> None:
    with pytest.raises(DatabaseUnavailableError, match="doesn't tell the day's profit"):
        profit_curve("postgresql://nobody@127.0.0.1:1/none", DAY_US, DAY_US + MINUTE_US)
