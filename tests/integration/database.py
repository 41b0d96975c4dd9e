"""What tests ask of a database beside the desk: statements, and locks that hold others up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2

from console.supervisor.migrate import DatabaseUrls


def ask(url: str, statement: str) -> list[tuple[object, ...]]:
    """Runs one statement in a transaction of its own."""
    connection = psycopg2.connect(url)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


@contextmanager
def held(urls: DatabaseUrls, statement: str) -> Iterator[None]:
    """What `statement` locks, locked by somebody else's transaction."""
    connection = psycopg2.connect(urls.owner)
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
        yield
    finally:
        connection.rollback()
        connection.close()
