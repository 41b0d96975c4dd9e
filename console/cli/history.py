"""The database behind the desk, for what the services no longer hold in memory."""

from __future__ import annotations

import os
from datetime import date
from typing import Any

import click

from console.cli.errors import REFUSED
from console.core.breaks import Book
from console.core.paths import Home
from console.supervisor.migrate import read_url

CONNECT_S = 3

# What still works is what its newest row in the trail says.
OPEN_ORDERS = """
    SELECT symbol, client_order_id, quantity - filled_quantity FROM (
        SELECT DISTINCT ON (client_order_id) * FROM order_audit_trail
        ORDER BY client_order_id, timestamp_utc DESC, sequence DESC
    ) AS newest
    WHERE status IN ('CREATED', 'SUBMITTED', 'PARTIALLY_FILLED', 'UNKNOWN')
"""
FILLS = "SELECT symbol, execution_id, quantity FROM fills"
POSITIONS = "SELECT symbol, '', quantity FROM positions WHERE quantity <> 0"


class HistoryError(click.ClickException):
    """The database can't be asked; the text says why."""

    exit_code = REFUSED


def database_url() -> str:
    """The address `up` noted, else DATABASE_URL."""
    url = read_url(Home.resolve()) or os.environ.get("DATABASE_URL")
    if url is None:
        raise HistoryError("The desk has no database: set DATABASE_URL, or start it with the embedded one.")
    return url


def daily_pnl(day: date) -> list[dict[str, Any]]:
    """The P&L of a day, from its fills."""
    from console.store.database import TradingDatabase

    return records(TradingDatabase(database_url()).calculate_daily_pnl(day))


def records(frame: Any) -> list[dict[str, Any]]:
    """A DataFrame's rows as plain values."""
    return [dict(row) for row in frame.to_dict(orient="records")]


def store_book() -> Book:
    """Orders, fills and positions as the database has them, exact. Raises `HistoryError`."""
    import psycopg2

    try:
        connection = psycopg2.connect(database_url(), connect_timeout=CONNECT_S)
    except psycopg2.OperationalError as error:
        raise HistoryError(f"The database doesn't answer: {str(error).strip()}") from error
    try:
        # One transaction with one picture, so that a fill and its position agree.
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        with connection.cursor() as cursor:
            sides = []
            for query in (OPEN_ORDERS, FILLS, POSITIONS):
                cursor.execute(query)
                sides.append({(symbol, name): quantity for symbol, name, quantity in cursor.fetchall()})
    finally:
        connection.close()
    return Book(orders=sides[0], fills=sides[1], positions=sides[2])
