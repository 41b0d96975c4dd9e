"""Who learns the address of the database, and where it is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.cli.history import HistoryError, database_url
from console.core.config import SystemConfig
from console.core.paths import Home
from console.supervisor import database as database_module
from console.supervisor.database import Database
from console.supervisor.environment import START_ORDER, environment
from console.supervisor.migrate import DatabaseUrls, write_url

SECRET = "postgresql://desk:hush@db.example/quarterdeck"


@pytest.fixture
def home(desk_home: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("QUARTERDECK_HOME", str(desk_home))
    home = Home(desk_home)
    home.prepare()
    return home


def test_only_services_that_store_learn_it(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", SECRET)
    monkeypatch.setenv("DATABASE_OWNER_URL", SECRET)
    told = {name for name in START_ORDER if SECRET in environment(name, home, SECRET).values()}
    assert told == {"execution-engine", "risk-manager"}
    assert all("DATABASE_URL" not in environment(name, home, None) for name in START_ORDER)


def test_an_address_of_ones_own_is_not_kept(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[DatabaseUrls] = []
    # The tables are another test's matter; this one has no server.
    monkeypatch.setattr(database_module, "migrate", lambda urls, _log: asked.append(urls))
    monkeypatch.setattr(database_module, "why_away", lambda _url: "")
    monkeypatch.setenv("DATABASE_URL", SECRET)
    monkeypatch.delenv("DATABASE_OWNER_URL", raising=False)
    write_url(home, "postgresql:///of-an-earlier-start")
    database = Database(home, SystemConfig.in_force(home), lambda _who, _what: None)
    assert database.start() == SECRET
    assert [urls.service for urls in asked] == [SECRET]
    kept = [path for path in home.root.rglob("*") if path.is_file() and b"hush" in path.read_bytes()]
    assert kept == []

    assert database_url() == SECRET
    monkeypatch.delenv("DATABASE_URL")
    with pytest.raises(HistoryError, match="set DATABASE_URL"):
        database_url()


def test_the_embedded_address_is_kept_for_the_command_line(home: Home) -> None:
    write_url(home, "postgresql:///embedded")
    assert database_url() == "postgresql:///embedded"
