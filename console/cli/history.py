"""The database behind the desk, for what the services no longer hold in memory."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click

from console.cli.errors import REFUSED
from console.cli.open_console import database_address
from console.cli.output import emit_rows
from console.core.breaks import WORKING, Book, sign
from console.core.config import SystemConfig
from console.core.desk import iso
from console.core.paths import Home
from console.proto import messages_pb2 as pb

if TYPE_CHECKING:
    import pandas as pd

    from console.store.database import TradingDatabase

CONNECT_S = 3
# No table of a desk has more rows.
ALL = 2**31 - 1


class HistoryError(click.ClickException):
    """The database can't be asked; the text says why."""

    exit_code = REFUSED


def history_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--history`."""
    return click.option("--history", is_flag=True, help="From the database, earlier days too.")(command)


def database_url() -> str:
    """That of the embedded database, as `up` noted it, else DATABASE_URL."""
    url = database_address(Home.resolve())
    if url is None:
        raise HistoryError(
            "No database is known here: the address of a database of your own is not kept, so set "
            "DATABASE_URL for this command as well; else start the desk with the embedded one."
        )
    return url


def past_rows(
    question: Callable[[TradingDatabase], pd.DataFrame], *, since_us: int | None, symbol: str | None = None
) -> list[dict[str, Any]]:
    """The database's rows, oldest first, from `since_us` on."""
    from console.store.database import DatabaseUnavailableError, TradingDatabase

    try:
        frame = question(TradingDatabase(database_url()))
    except DatabaseUnavailableError as error:
        raise HistoryError(str(error)) from error
    rows = [{str(key): plain(value) for key, value in row.items()} for row in frame.to_dict(orient="records")]
    since = iso(since_us) if since_us is not None else None
    rows = [row for row in rows if since is None or str(row["timestamp_utc"]) >= since]
    rows = [row for row in rows if symbol is None or row["symbol"] == symbol]
    return sorted(rows, key=lambda row: str(row.get("timestamp_utc", "")))


def emit_past(rows: list[dict[str, Any]], *, as_json: bool, csv_file: str | None) -> None:
    """Print the database's rows; the table leaves out the long columns."""
    long = {"features", "parameters", "model_hash", "state_before", "state_after", "signal_epoch"}
    keys = [key for key in (rows[0] if rows else {}) if key not in long]
    columns = {key: key.removesuffix("_utc").replace("_", " ") for key in keys}
    emit_rows(rows, columns, as_json=as_json, csv_file=csv_file, empty="The database holds none.")


def daily_pnl(day: date) -> list[dict[str, Any]]:
    """The P&L of a trading day, from its fills."""
    written = str(SystemConfig.in_force(Home.resolve()).get_risk_config().get("day_start_utc", "00:00"))
    return past_rows(
        lambda database: database.calculate_daily_pnl(day, time.fromisoformat(written)), since_us=None
    )


def plain(value: Any) -> Any:
    """A value as JSON has it: exact numbers as decimal strings, times in ISO 8601, nothing as None."""
    if isinstance(value, Decimal):
        return None if value.is_nan() else f"{value.normalize():f}"
    if isinstance(value, datetime):
        # NaT is a datetime too, and unequal to itself.
        return iso(round(value.timestamp() * 1_000_000)) if value == value else None
    if isinstance(value, float) and value != value:
        return None
    return value


def store_book() -> Book:
    """Orders, fills and positions as the database has them, exact. Raises `HistoryError`."""
    import psycopg2

    from console.store import queries

    working = {pb.Order.Status.Name(status) for status in WORKING}
    everything = {"symbol": None, "limit": ALL}
    try:
        with closing(psycopg2.connect(database_url(), connect_timeout=CONNECT_S)) as connection:
            # One transaction with one picture, so that a fill and its position agree.
            connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
            orders = rows_of(connection, queries.ORDERS, everything)
            fills = rows_of(connection, queries.FILLS, everything)
            positions = rows_of(connection, queries.POSITIONS, {})
    except psycopg2.Error as error:
        raise HistoryError(f"The database doesn't answer: {str(error).strip()}") from error
    return Book(
        orders={
            (row["symbol"], row["client_order_id"]): sign(row["side"])
            * (row["quantity"] - row["filled_quantity"])
            for row in orders
            if row["status"] in working
        },
        fills={(row["symbol"], row["execution_id"]): sign(row["side"]) * row["quantity"] for row in fills},
        positions={(row["symbol"], ""): row["quantity"] for row in positions if row["quantity"] != 0},
        sequences={(row["symbol"], row["execution_id"]): row["venue_sequence"] for row in fills},
    )


def rows_of(connection: Any, query: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    """What a query gives, by column."""
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
