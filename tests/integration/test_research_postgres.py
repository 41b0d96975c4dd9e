"""Market data from a database: in order of time whatever the table's, and nothing in it is changed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import pandas as pd
import psycopg2
import pytest
from psycopg2.extras import execute_values

from console.research.sources import SourceError, read_source
from console.supervisor.migrate import DatabaseUrls
from tests.unit.research.markets import market


def test_a_table_and_a_query_give_the_rows_in_order_and_change_nothing(
    empty_database: Callable[[], DatabaseUrls], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = empty_database().owner
    monkeypatch.setenv("DATABASE_URL", url)
    frame = market(300, 3, trend=1.0)
    with closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE ticks (timestamp_us bigint, symbol text, volume numeric, bid numeric, ask numeric)"
        )
        shuffled = frame.sample(frac=1, random_state=1)[["timestamp_us", "symbol", "volume", "bid", "ask"]]
        execute_values(cursor, "INSERT INTO ticks VALUES %s", shuffled.astype(object).to_numpy().tolist())
    whole = read_source("postgresql:ticks")
    pd.testing.assert_frame_equal(whole.frame, frame[whole.frame.columns])
    assert whole.sha256 == read_source("postgresql:ticks").sha256
    half = read_source("postgresql:SELECT * FROM ticks WHERE bid > 0 ORDER BY timestamp_us DESC LIMIT 100")
    assert half.frame["timestamp_us"].tolist() == frame["timestamp_us"].tolist()[-100:]
    for change in ("DELETE FROM ticks RETURNING *", "DROP TABLE ticks"):
        with pytest.raises(SourceError, match="read-only transaction"):
            read_source(f"postgresql:{change}")
    assert len(read_source("postgresql:ticks").frame) == len(frame)
