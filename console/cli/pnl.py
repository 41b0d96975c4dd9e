"""`quarterdeck pnl`: profit and loss, live from the engine, or of a past day from the database's fills."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from console.cli.asking import ask, snapshot
from console.cli.output import csv_option, emit_json, emit_rows, json_option, say, symbol_option
from console.cli.rows import chosen, position_row
from console.cli.since import since_option
from console.core.controller import ENGINE, RISK_MANAGER
from console.core.desk import iso

COLUMNS = {
    "symbol": "symbol",
    "quantity": "quantity",
    "realized_pnl": "realised",
    "unrealized_pnl": "unrealised",
    "total_pnl": "total",
    "fees": "fees",
}


@click.command()
@click.option(
    "--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="A past trading day, from the database."
)
@symbol_option
@since_option
@csv_option
@json_option
def pnl(
    day: datetime | None, symbol: str | None, since: int | None, csv_file: str | None, as_json: bool
) -> None:
    """Show profit and loss per symbol, after fees, and the trading day's as the risk manager counts it."""
    if day is not None:
        from console.cli.history import daily_pnl, emit_past

        rows = [row for row in daily_pnl(day.date()) if symbol is None or row.get("symbol") == symbol]
        emit_past(rows, as_json=as_json, csv_file=csv_file)
        return
    held = snapshot(ENGINE).positions
    rows = [
        with_total(row)
        for row in chosen(held, position_row, symbol=symbol, since_us=since, at="last_updated_us")
    ]
    risk = ask(RISK_MANAGER, lambda client: client.ping()).risk
    today = {
        "day_start": iso(risk.day_start_us),
        "daily_realized_pnl": risk.daily_realized_pnl,
        "daily_unrealized_pnl": risk.daily_unrealized_pnl,
        "unmarked": risk.unmarked,
    }
    if as_json and csv_file is None:
        emit_json({**today, "symbols": rows})
        return
    emit_rows(rows, COLUMNS, as_json=False, csv_file=csv_file, empty="There are no positions.")
    if csv_file is None:
        stale = "; a position has no fresh mark, so this is not the whole of it" if risk.unmarked else ""
        say(
            f"Since {today['day_start'] or 'the day began'}: realised {risk.daily_realized_pnl:,.2f}, "
            f"unrealised {risk.daily_unrealized_pnl:,.2f}{stale}"
        )


def with_total(row: dict[str, Any]) -> dict[str, Any]:
    """A position's row with the sum of both; unknown while there is no mark."""
    unrealized = row["unrealized_pnl"]
    total = None if unrealized is None else row["realized_pnl"] + unrealized
    return {**{key: row[key] for key in COLUMNS if key != "total_pnl"}, "total_pnl": total}
