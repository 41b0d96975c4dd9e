"""The tables in a real PostgreSQL: made once, append-only where they say so, and closed to the services."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import psycopg2
import psycopg2.errors
import pytest

from console.supervisor.migrate import DatabaseUrls, migrate
from console.supervisor.postgres import SERVICE_ROLE, DatabaseError
from tests.integration.database import ask

TABLES = {
    "commands",
    "fills",
    "model_events",
    "order_audit_trail",
    "position_snapshots",
    "positions",
    "projection_progress",
    "refinery_schema_history",
    "risk_state",
    "signals",
}
TRAIL_ROW = """
    INSERT INTO order_audit_trail VALUES ('j', 1, 'execution-engine', now(), 'q1-1', '', 'ESH4', 'BUY',
        'LIMIT', 1, 4800.25, NULL, 'CREATED', 0, NULL, '', 'STRATEGY', NULL, '', '', 0, 0, '', 1)
"""


def tables(url: str) -> set[object]:
    return {row[0] for row in ask(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}


def run_migrate(binaries: Path, urls: DatabaseUrls, role: str = SERVICE_ROLE) -> str:
    environment = os.environ | {"DATABASE_OWNER_URL": urls.owner, "DATABASE_SERVICE_ROLE": role}
    done = subprocess.run(
        [binaries / "quarterdeck-migrate"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout


@pytest.fixture(scope="module")
def untouched(
    empty_database: Callable[[], DatabaseUrls], tmp_path_factory: pytest.TempPathFactory
) -> DatabaseUrls:
    """One database for all the tests in which every change is refused."""
    urls = empty_database()
    migrate(urls, tmp_path_factory.mktemp("store") / "migrate.log")
    return urls


def test_the_tables_are_made_once(binaries: Path, empty_database: Callable[[], DatabaseUrls]) -> None:
    urls = empty_database()
    assert tables(urls.owner) == set()
    assert run_migrate(binaries, urls).startswith("applied V1__desk")
    assert tables(urls.owner) == TABLES
    ask(urls.service, TRAIL_ROW)
    assert run_migrate(binaries, urls) == "the schema is up to date\n"
    assert ask(urls.owner, "SELECT client_order_id FROM order_audit_trail") == [("q1-1",)]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE order_audit_trail SET status = 'FILLED'",
        "DELETE FROM order_audit_trail",
        "TRUNCATE order_audit_trail",
    ],
)
def test_nobody_changes_the_audit_trail(database: DatabaseUrls, change: str) -> None:
    ask(database.service, TRAIL_ROW)
    for url in (database.service, database.owner):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            ask(url, change)
    # The owner has the rights, and is refused by the trigger.
    with pytest.raises(psycopg2.errors.InsufficientPrivilege, match="append-only"):
        ask(database.owner, change)
    assert ask(database.service, "SELECT status FROM order_audit_trail") == [("CREATED",)]


@pytest.mark.parametrize("table", sorted(TABLES))
def test_the_services_delete_nothing(untouched: DatabaseUrls, table: str) -> None:
    ask(untouched.service, f"SELECT * FROM {table}")
    for change in (f"DELETE FROM {table}", f"TRUNCATE {table}", f"DROP TABLE {table}"):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            ask(untouched.service, change)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (id int)",
        "CREATE SCHEMA mine",
        "ALTER TABLE fills ADD COLUMN mine int",
        "ALTER TABLE order_audit_trail DISABLE TRIGGER order_audit_trail_is_append_only",
        "DROP FUNCTION refuse_change() CASCADE",
        "UPDATE fills SET price = 0",
        "UPDATE position_snapshots SET quantity = 0",
        "UPDATE commands SET operator = ''",
        "INSERT INTO refinery_schema_history VALUES (99, 'mine', '', '')",
        "SET ROLE quarterdeck_owner",
    ],
)
def test_the_services_shape_nothing(untouched: DatabaseUrls, statement: str) -> None:
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        ask(untouched.service, statement)


def test_a_second_desk_in_the_same_database_is_refused(database: DatabaseUrls) -> None:
    ask(database.service, "INSERT INTO projection_progress VALUES ('first', 'execution-engine', 1)")
    with pytest.raises(psycopg2.errors.UniqueViolation, match="one_desk"):
        ask(database.service, "INSERT INTO projection_progress VALUES ('second', 'execution-engine', 1)")


def test_a_migration_that_fails_says_why(database: DatabaseUrls, tmp_path: Path) -> None:
    ask(database.owner, "UPDATE refinery_schema_history SET checksum = '1' WHERE version = 1")
    with pytest.raises(DatabaseError, match="V1__desk"):
        migrate(database, tmp_path / "migrate.log")


@pytest.mark.parametrize("role", ["nobody_such", "x; DROP TABLE fills"])
def test_a_role_that_is_none_is_refused(binaries: Path, untouched: DatabaseUrls, role: str) -> None:
    with pytest.raises(subprocess.CalledProcessError) as refused:
        run_migrate(binaries, untouched, role)
    assert refused.value.returncode == 1
    assert role in refused.value.stderr
    assert tables(untouched.owner) == TABLES
