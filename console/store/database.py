"""Questions to the projection: positions, orders, snapshots, and a day's profit and loss from its fills.

PostgreSQL is filled from the services' journals and may lag behind them by `store.lag_ms` of
`quarterdeck status`; the engine's own snapshot is the truth of this moment. Amounts come as
`decimal.Decimal`, exact to nine decimals; times as timezone-aware UTC.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pandas as pd
import psycopg2

from console.store import queries
from console.store.errors import CONNECT_TIMEOUT_S, DatabaseUnavailableError, first_line

__all__ = ["DatabaseUnavailableError", "TradingDatabase"]


class TradingDatabase:
    """The desk's database. Opens a connection per question: nothing is held while a screen is looked at."""

    def __init__(self, url: str) -> None:
        """`url`: a libpq address such as `postgresql://user@host/quarterdeck`; never shown or logged."""
        self._url = url

    def get_positions(self) -> pd.DataFrame:
        """One row per symbol ever held: quantity (signed), average cost, last mark, P&L, fees, multiplier."""
        return self._ask(queries.POSITIONS, {})

    def get_order_history(self, symbol: str | None = None, limit: int = 100) -> pd.DataFrame:
        """The newest `limit` orders, newest first, each in its last state with the time it was created."""
        return self._ask(queries.ORDERS, {"symbol": symbol, "limit": _positive(limit)})

    def get_fills(self, symbol: str | None = None, limit: int = 100) -> pd.DataFrame:
        """The newest `limit` executions, newest first."""
        return self._ask(queries.FILLS, {"symbol": symbol, "limit": _positive(limit)})

    def get_signals(self, symbol: str | None = None, limit: int = 100) -> pd.DataFrame:
        """The newest `limit` signals that led to a decision, with their features and what became of them."""
        return self._ask(queries.SIGNALS, {"symbol": symbol, "limit": _positive(limit)})

    def get_commands(self, limit: int = 100) -> pd.DataFrame:
        """The newest `limit` commands with who, where, why, and what each service answered."""
        return self._ask(queries.COMMANDS, {"limit": _positive(limit)})

    def get_position_snapshots(self, start_date: date | datetime, end_date: date | datetime) -> pd.DataFrame:
        """Positions over time: every minute and at each fill, from `start_date` up to, not with, `end_date`.

        A plain date means its first moment in UTC; a time without a zone is taken as UTC.
        """
        start, end = _moment(start_date), _moment(end_date)
        if end <= start:
            raise ValueError(f"end_date ({end_date}) must be after start_date ({start_date})")
        return self._ask(queries.SNAPSHOTS, {"start": start, "end": end})

    def calculate_daily_pnl(self, date: date, day_start_utc: time = time(0)) -> pd.DataFrame:
        """Profit and loss of one trading day per symbol, from its fills.

        `pnl` = cash flow of the day's fills − fees + value of the position at the end − value at the start;
        positions at a boundary are valued at their last snapshot before it. It is missing (None) where such a
        mark is missing: an unknown figure is not shown as nought. `day_start_utc` is `risk.day_start_utc` of
        the configuration.
        """
        start = datetime.combine(date, day_start_utc.replace(tzinfo=None), tzinfo=UTC)
        return self._ask(queries.DAILY_PNL, {"start": start, "end": start + timedelta(days=1)})

    def _ask(self, question: str, values: dict[str, Any]) -> pd.DataFrame:
        try:
            connection = psycopg2.connect(self._url, connect_timeout=CONNECT_TIMEOUT_S)
        except psycopg2.OperationalError as error:
            raise DatabaseUnavailableError(
                f"PostgreSQL does not answer ({first_line(error)}); `quarterdeck status` shows the store"
            ) from error
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute("SET TIME ZONE 'UTC'")
                cursor.execute(question, values)
                names = [column.name for column in cursor.description or ()]
                return pd.DataFrame(cursor.fetchall(), columns=names)
        except psycopg2.Error as error:
            raise DatabaseUnavailableError(
                f"PostgreSQL refused the question ({first_line(error)}); "
                "`quarterdeck up` brings the tables up to date"
            ) from error
        finally:
            connection.close()


def _positive(limit: int) -> int:
    if limit < 1:
        raise ValueError(f"limit must be at least 1, not {limit}")
    return limit


def _moment(value: date | datetime) -> datetime:
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    return datetime.combine(value, time(0), tzinfo=UTC)
