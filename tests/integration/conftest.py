"""A real PostgreSQL for the tests that need one: the embedded server in a folder of its own."""

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
