"""`TradingDatabase` on a real PostgreSQL: what it answers, and a day's profit worked out by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from console.store.database import DatabaseUnavailableError, TradingDatabase
from console.supervisor.migrate import DatabaseUrls

DAY = date(2024, 1, 31)
ENGINE = "execution-engine"


class Book:
    """Writes rows as the projection does, in the role of the services."""

    def __init__(self, url: str) -> None:
        self.connection = psycopg2.connect(url)
        self.connection.autocommit = True
        self.sequence = 0

    def _insert(self, table: str, **values: object) -> None:
        self.sequence += 1
        row = {"journal": "j", "sequence": self.sequence} | values
        names, places = ", ".join(row), ", ".join(f"%({name})s" for name in row)
        with self.connection.cursor() as cursor:
            cursor.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", row)

    def fill(
        self, when: str, symbol: str, signed: str, price: str, fee: str = "0", multiplier: str = "1"
    ) -> None:
        quantity = Decimal(signed)
        self._insert(
            "fills",
            execution_id=f"X{self.sequence}",
            timestamp_utc=when,
            booked_utc=when,
            client_order_id="q1-1",
            order_id="V1",
            symbol=symbol,
            side="BUY" if quantity > 0 else "SELL",
            quantity=abs(quantity),
            price=price,
            multiplier=multiplier,
            fee=fee,
            maker=False,
            venue_sequence=self.sequence,
        )

    def snapshot(self, when: str, symbol: str, mark: str | None, quantity: str = "0") -> None:
        self._insert(
            "position_snapshots",
            snapshot_time=when,
            symbol=symbol,
            quantity=quantity,
            avg_cost=0,
            current_price=mark,
            unrealized_pnl=0,
            realized_pnl=0,
            fees=0,
            multiplier=1,
        )

    def position(self, symbol: str, quantity: str) -> None:
        self._insert(
            "positions",
            symbol=symbol,
            quantity=quantity,
            avg_cost="4800.125",
            unrealized_pnl=0,
            realized_pnl=0,
            fees=0,
            multiplier=50,
            last_updated_utc=datetime(2024, 1, 31, tzinfo=UTC),
        )

    def order(self, when: str, order: str, status: str, symbol: str = "ESH4", service: str = ENGINE) -> None:
        self._insert(
            "order_audit_trail",
            service=service,
            timestamp_utc=when,
            client_order_id=order,
            order_id="",
            symbol=symbol,
            side="BUY",
            order_type="LIMIT",
            quantity=2,
            price="4800.25",
            status=status,
            filled_quantity=0,
            reason="",
            origin="STRATEGY",
            model_version="m",
            model_hash="h",
            signal_epoch=1,
            signal_sequence=1,
            command_id="",
            limits_version=1,
        )


@pytest.fixture
def book(database: DatabaseUrls) -> Iterator[Book]:
    made = Book(database.service)
    yield made
    made.connection.close()


@pytest.fixture
def trading(database: DatabaseUrls) -> TradingDatabase:
    return TradingDatabase(database.service)


def day(trading: TradingDatabase, when: date = DAY, **options: Any) -> dict[str, dict[str, Any]]:
    """The day's rows by symbol."""
    rows = trading.calculate_daily_pnl(when, **options).to_dict("records")
    return {str(row["symbol"]): {str(name): value for name, value in row.items()} for row in rows}


def test_a_long_position_is_valued_at_the_last_mark(book: Book, trading: TradingDatabase) -> None:
    book.fill("2024-01-31 10:00Z", "AAPL", "100", "10.00", "0.10")
    book.fill("2024-01-31 11:00Z", "AAPL", "-40", "10.50", "0.04")
    book.snapshot("2024-01-31 12:00Z", "AAPL", "10.90")
    book.snapshot("2024-01-31 21:00Z", "AAPL", "10.20")
    row = day(trading)["AAPL"]
    # Closed 40 × 0.50 = 20, open 60 × 0.20 = 12, fees 0.14.
    assert row["pnl"] == Decimal("31.86")
    assert (row["fills"], row["traded_quantity"], row["position_end"]) == (2, 140, 60)
    assert row["fees"] == Decimal("0.14")


def test_a_short_position_gains_when_the_price_falls(book: Book, trading: TradingDatabase) -> None:
    book.fill("2024-01-31 10:00Z", "AAPL", "-10", "50", "0.05")
    book.snapshot("2024-01-31 21:00Z", "AAPL", "49")
    assert day(trading)["AAPL"]["pnl"] == Decimal("9.95")


def test_a_flip_counts_with_its_multiplier(book: Book, trading: TradingDatabase) -> None:
    book.fill("2024-01-31 10:00Z", "ESH4", "1", "4800.25", "2.25", "50")
    book.fill("2024-01-31 10:01Z", "ESH4", "-3", "4801.00", "6.75", "50")
    book.snapshot("2024-01-31 21:00Z", "ESH4", "4799.50")
    row = day(trading)["ESH4"]
    # Closed one for 0.75 points, short two that gained 1.50 each: (0.75 + 3.00) × 50 − 9.
    assert row["pnl"] == Decimal("178.5")
    assert row["position_end"] == -2


def test_without_a_mark_an_open_position_has_no_known_profit(book: Book, trading: TradingDatabase) -> None:
    book.fill("2024-01-31 10:00Z", "GONE", "1", "10", "0.01")
    book.snapshot("2024-01-31 10:00Z", "GONE", None)
    # A closed one needs none.
    book.fill("2024-01-31 10:00Z", "DONE", "1", "10", "0.01")
    book.fill("2024-01-31 10:01Z", "DONE", "-1", "11", "0.01")
    rows = day(trading)
    assert rows["GONE"]["pnl"] is None
    assert rows["DONE"]["pnl"] == Decimal("0.98")


def test_a_position_carried_over_is_valued_at_both_ends_of_the_day(
    book: Book, trading: TradingDatabase
) -> None:
    book.fill("2024-01-30 15:00Z", "AAPL", "10", "100", "1")
    book.snapshot("2024-01-30 23:59:59.999999Z", "AAPL", "101")
    # The mark of the boundary itself is the new day's.
    book.snapshot("2024-01-31 00:00:00Z", "AAPL", "250")
    book.snapshot("2024-01-31 23:59:59.999999Z", "AAPL", "103")
    assert day(trading, date(2024, 1, 30))["AAPL"]["pnl"] == Decimal(9)
    row = day(trading)["AAPL"]
    assert (row["pnl"], row["fills"], row["position_start"]) == (20, 0, 10)
    assert day(trading, date(2024, 1, 29)) == {}


def test_a_fill_on_the_boundary_belongs_to_the_new_day(book: Book, trading: TradingDatabase) -> None:
    book.fill("2024-01-30 23:59:59.999999Z", "AAPL", "1", "10")
    book.fill("2024-01-31 00:00:00Z", "AAPL", "-1", "12")
    book.snapshot("2024-01-30 23:59:59.999999Z", "AAPL", "11")
    assert day(trading, date(2024, 1, 30))["AAPL"]["pnl"] == 1
    assert day(trading)["AAPL"]["pnl"] == 1


def test_the_day_begins_where_the_configuration_says(book: Book, trading: TradingDatabase) -> None:
    book.fill("2024-01-31 21:59Z", "AAPL", "1", "10")
    book.fill("2024-01-31 22:00Z", "AAPL", "-1", "12")
    assert day(trading)["AAPL"]["pnl"] == 2
    row = day(trading, DAY, day_start_utc=time(22))["AAPL"]
    assert (row["fills"], row["position_start"], row["pnl"]) == (1, 1, None)


def test_amounts_are_exact_to_the_ninth_decimal(book: Book, trading: TradingDatabase) -> None:
    book.fill("2024-01-31 10:00Z", "BTC", "0.000000001", "0.1", "0.000000001")
    book.fill("2024-01-31 10:00Z", "BTC", "-0.000000001", "0.3")
    assert day(trading)["BTC"]["pnl"] == Decimal("0.0000000002") - Decimal("0.000000001")


def test_the_positions_are_exact(book: Book, trading: TradingDatabase) -> None:
    book.position("ESH4", "-2")
    book.position("BTC", "0.123456789")
    positions = trading.get_positions()
    assert list(positions["symbol"]) == ["BTC", "ESH4"]
    assert list(positions["quantity"]) == [Decimal("0.123456789"), Decimal(-2)]
    assert positions["current_price"].isna().all()
    assert str(positions["last_updated_utc"].dt.tz) == "UTC"


def test_the_order_history_has_one_row_an_order_in_its_last_state(
    book: Book, trading: TradingDatabase
) -> None:
    book.order("2024-01-31 09:59Z", "q1-1", "APPROVED", service="risk-manager")
    book.order("2024-01-31 10:00Z", "q1-1", "CREATED")
    book.order("2024-01-31 10:01Z", "q1-2", "CREATED", symbol="AAPL")
    book.order("2024-01-31 10:02Z", "q1-1", "FILLED")
    book.order("2024-01-31 10:03Z", "q1-3", "CREATED")
    # Two states in one microsecond: the journal's order decides.
    book.order("2024-01-31 10:03Z", "q1-3", "SUBMITTED")
    history = trading.get_order_history()
    assert list(history["client_order_id"]) == ["q1-3", "q1-1", "q1-2"]
    assert list(history["status"]) == ["SUBMITTED", "FILLED", "CREATED"]
    assert history["created_utc"][1] == datetime(2024, 1, 31, 10, 0, tzinfo=UTC)
    assert list(trading.get_order_history(symbol="AAPL")["client_order_id"]) == ["q1-2"]
    assert list(trading.get_order_history(limit=1)["client_order_id"]) == ["q1-3"]
    assert len(trading.get_order_history("NONE")) == 0
    with pytest.raises(ValueError, match="limit"):
        trading.get_order_history(limit=0)


def test_snapshots_end_before_the_end(book: Book, trading: TradingDatabase) -> None:
    for when in (
        "2024-01-30 23:59:59.999999Z",
        "2024-01-31 00:00Z",
        "2024-01-31 23:59Z",
        "2024-02-01 00:00Z",
    ):
        book.snapshot(when, "AAPL", "10")
    found = trading.get_position_snapshots(DAY, date(2024, 2, 1))
    assert [moment.isoformat() for moment in found["snapshot_time"]] == [
        "2024-01-31T00:00:00+00:00",
        "2024-01-31T23:59:00+00:00",
    ]
    noon = trading.get_position_snapshots(datetime(2024, 1, 31, 12), datetime(2024, 2, 1, tzinfo=UTC))  # noqa: DTZ001
    assert len(noon) == 1
    with pytest.raises(ValueError, match="after"):
        trading.get_position_snapshots(DAY, DAY)


def test_the_newest_fills_come_first(book: Book, trading: TradingDatabase) -> None:
    book.fill("2024-01-31 10:00Z", "AAPL", "1", "10")
    book.fill("2024-01-31 10:00Z", "AAPL", "2", "10")
    assert list(trading.get_fills(limit=1)["quantity"]) == [2]
    assert len(trading.get_fills("AAPL")) == 2


def test_a_database_that_is_away_is_an_error_that_says_so(tmp_path: Path) -> None:
    away = TradingDatabase(f"postgresql://quarterdeck_service@/quarterdeck?host={tmp_path}")
    with pytest.raises(DatabaseUnavailableError, match="does not answer"):
        away.get_positions()


def test_a_database_without_the_tables_names_the_remedy(empty_database: Any) -> None:
    with pytest.raises(DatabaseUnavailableError, match="quarterdeck up"):
        TradingDatabase(empty_database().service).get_positions()
