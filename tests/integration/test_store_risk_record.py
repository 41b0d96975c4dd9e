"""The risk manager's journal held against the database: its own rows, where no engine stores any."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from console.proto import messages_pb2 as pb
from console.supervisor.migrate import DatabaseUrls
from tests.integration.filled_desk import ask
from tests.integration.risk_desk import RiskDesk

TABLES = ("commands", "signals", "risk_state")


@pytest.fixture
def desk(binaries: Path, desk_home: Path, repository: Path, database: DatabaseUrls) -> Iterator[RiskDesk]:
    """A risk manager that trades, and fills a database."""
    content: dict[str, Any] = json.loads((repository / "config" / "system.json").read_text())
    content["risk"]["target_notional"] = 10_000
    content["database"]["kind"] = "external"
    file = desk_home / "system.json"
    file.write_text(json.dumps(content))
    desk = RiskDesk(binaries / "risk-manager", desk_home, file)
    desk.environment["DATABASE_URL"] = database.service
    desk.start()
    yield desk
    desk.close()


def test_rows_of_the_risk_manager_that_are_gone_are_stored_again(
    desk: RiskDesk, database: DatabaseUrls
) -> None:
    def held() -> dict[str, list[tuple[object, ...]]]:
        rows = "SELECT journal, sequence, timestamp_utc, reason FROM"
        return {name: ask(database.service, f"{rows} {name}") for name in TABLES}

    def is_stored() -> bool:
        [(sequence,)] = ask(database.service, "SELECT coalesce(max(sequence), 0) FROM projection_progress")
        return sequence == desk.pong().last_sequence

    desk.signal(pb.TradingSignal.BUY)
    desk.until(lambda: bool(desk.submitted))
    changed = desk.command(pb.StrategyCommand.UPDATE_RISK_LIMITS, parameters={"max_position_size": 500})
    assert changed.outcome == pb.CommandResult.DONE, changed
    desk.until(is_stored)
    before = held()
    assert all(before.values()), before
    ask(database.owner, "DELETE FROM signals; DELETE FROM commands; DELETE FROM risk_state")
    desk.until(lambda: all(set(rows) <= set(held()[name]) for name, rows in before.items()))
    # It is a matter of the record, and no reason to stop trading.
    assert pb.Gate.STORE_BEHIND not in desk.gates()
