"""A real PostgreSQL for the tests that need one, the embedded server in a folder of its own; and parts of a
desk that several modules test."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg2
import pytest

from console.core.paths import Home
from console.supervisor.migrate import DatabaseUrls, migrate
from console.supervisor.postgres import DATABASE, OWNER, SERVICE_ROLE, SUPERUSER, EmbeddedPostgres
from tests.integration import signal_desk
from tests.integration.filled_desk import Filled, filled_desk


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """The embedded server with its roles and a database without tables. Nobody stops it before the end."""
    folder = Path(tempfile.mkdtemp(prefix="qd-pg-"))
    home = Home.resolve(folder)
    home.prepare()
    server = EmbeddedPostgres(home)
    server.start()
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def empty_database(postgres: EmbeddedPostgres) -> Callable[[], DatabaseUrls]:
    """Makes databases that hold nothing yet, owned by the desk's owner."""
    numbers = itertools.count(1)

    def make() -> DatabaseUrls:
        name = f"desk_{next(numbers)}"
        connection = psycopg2.connect(postgres.url(SUPERUSER, SUPERUSER))
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"CREATE DATABASE {name} TEMPLATE {DATABASE} OWNER {OWNER}")
        finally:
            connection.close()
        return DatabaseUrls(service=postgres.url(SERVICE_ROLE, name), owner=postgres.url(OWNER, name))

    return make


@pytest.fixture
def database(empty_database: Callable[[], DatabaseUrls], tmp_path: Path) -> DatabaseUrls:
    """A database of this test alone, with the desk's tables and the rights of the services' role."""
    urls = empty_database()
    migrate(urls, tmp_path / "migrate.log")
    return urls


@pytest.fixture
def filled(
    binaries: Path,
    desk_home: Path,
    repository: Path,
    database: DatabaseUrls,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Filled]:
    """An engine that trades, and its database."""
    monkeypatch.setenv("DATABASE_URL", database.service)
    with filled_desk(binaries, desk_home, repository, database) as one:
        yield one


@pytest.fixture
def server(postgres: EmbeddedPostgres) -> Iterator[EmbeddedPostgres]:
    """The server of all tests, running again afterwards."""
    yield postgres
    postgres.start()


@pytest.fixture
def start(binaries: Path, desk_home: Path, repository: Path) -> Iterator[Callable[[], signal_desk.Desk]]:
    """Starts a signal bridge."""
    with signal_desk.desks(binaries, desk_home, repository) as begin:
        yield begin
