"""A database of somebody else's that is away when the desk starts: the desk starts, closed to new risk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg2
import pytest

from console.supervisor.external import why_away
from console.supervisor.migrate import DatabaseUrls
from console.supervisor.postgres import EmbeddedPostgres
from tests.desk import Desk, configured, wait_for


@pytest.fixture
def server(postgres: EmbeddedPostgres) -> Iterator[EmbeddedPostgres]:
    """The server of all tests, running again afterwards."""
    yield postgres
    postgres.start()


def commands(url: str) -> set[tuple[str, str, str]]:
    """What the database knows of commands; nothing before it has its tables and rights."""
    try:
        connection = psycopg2.connect(url)
    except psycopg2.OperationalError:
        return set()
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute("SELECT command, service, reason FROM commands")
            return set(cursor.fetchall())
    except (psycopg2.errors.UndefinedTable, psycopg2.errors.InsufficientPrivilege):
        return set()
    finally:
        connection.close()


def test_the_desk_starts_closed_and_stores_what_happened_when_the_database_answers(
    desk_home: Path,
    tmp_path: Path,
    repository: Path,
    empty_database: Callable[[], DatabaseUrls],
    server: EmbeddedPostgres,
) -> None:
    urls = empty_database()
    server.stop()
    shipped = repository / "config" / "system.json"
    desk = Desk(desk_home, configured(tmp_path, shipped, database={"kind": "external"}))
    desk.environment |= {"DATABASE_URL": urls.service, "DATABASE_OWNER_URL": urls.owner}
    try:
        desk.up()
        closed = wait_for(
            lambda: [gate for gate in desk.status()["gates"] if gate["kind"] == "store_behind"], "the gate"
        )
        assert {gate["closed_by"] for gate in closed} <= {"risk-manager", "execution-engine"}
        assert all(gate["opens_when"] for gate in closed)
        # A kill and its proof need no database.
        killed = desk.json("kill", "--reason", "while it is away")
        assert killed["stage"] in ("VERIFIED", "RESIDUAL")
        server.start()
        expected = {
            ("KILL_SWITCH", name, "while it is away") for name in ("risk-manager", "execution-engine")
        }
        wait_for(lambda: commands(urls.service) >= expected, "what happened meanwhile is stored", 60)
        wait_for(
            lambda: all(gate["kind"] != "store_behind" for gate in desk.status()["gates"]),
            "the gate opens",
            60,
        )
    finally:
        desk.run("down")


def test_a_server_that_refuses_the_desk_is_not_away(postgres: EmbeddedPostgres) -> None:
    # It has answered: waiting for it would hide a fault of the configuration.
    assert why_away(postgres.url("quarterdeck_nobody")) == ""
    assert "connect" in why_away("postgresql://localhost:1/desk")
