"""The watchlist: the newest quote of each symbol, taken once per frame from the native reader of market
data.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from console.core.format import decimals_of

# (symbol, bid, ask, bid_size, ask_size, last, last_size, volume, event_us, received_us, sequence, gaps,
# messages)
Change = tuple[
    str, float | None, float | None, float, float, float | None, float, float, int, int, int, int, int
]
TREND_POINTS = 40
TREND_EVERY_S = 1.0


class Feed(Protocol):
    """What the console needs of `trading_rust.MarketFeed`, which reads in a native thread."""

    def changes(self) -> list[Any]:
        """A `Change` for each symbol that changed since the last call, its newest state."""
        ...

    def bars(self, symbol: str) -> Any:
        """Rows (start_us, open, high, low, close, volume) of the symbol, the oldest first."""
        ...

    def totals(self) -> Mapping[str, Any]:
        """messages, malformed, gaps and last_received_us of the whole feed."""
        ...

    def stop(self) -> None:
        """Ends the native thread."""
        ...


@dataclass(frozen=True, slots=True)
class Instrument:
    """What the screen must know of an instrument."""

    symbol: str
    tick: float
    multiplier: float
    currency: str

    @property
    def decimals(self) -> int:
        """Decimals of its prices."""
        return decimals_of(self.tick) if self.tick > 0 else 2


@dataclass(frozen=True, slots=True)
class WatchRow:
    """One symbol. Prices None when that side is missing; `received_us` is arrival time, 0 before any data.

    `first` is the first mid this console saw, what `change` counts from; `trend` holds mids a second apart.
    """

    symbol: str
    decimals: int
    tick: float
    bid: float | None = None
    ask: float | None = None
    bid_size: float = 0.0
    ask_size: float = 0.0
    last: float | None = None
    last_size: float = 0.0
    volume: float = 0.0
    event_us: int = 0
    received_us: int = 0
    gaps: int = 0
    messages: int = 0
    first: float | None = None
    direction: int = 0
    trend: tuple[float, ...] = ()

    @property
    def mid(self) -> float | None:
        """Between bid and ask; None when one is missing or they are crossed."""
        if self.bid is None or self.ask is None or self.bid > self.ask:
            return None
        return (self.bid + self.ask) / 2

    @property
    def spread(self) -> float | None:
        """Ask less bid."""
        return None if self.bid is None or self.ask is None else self.ask - self.bid

    @property
    def change(self) -> float | None:
        """Share by which the mid moved since the console opened."""
        mid = self.mid
        return None if mid is None or not self.first else mid / self.first - 1

    def age_s(self, now_us: int) -> float | None:
        """Seconds since the newest row arrived; None before any."""
        return None if self.received_us == 0 else max(0.0, (now_us - self.received_us) / 1e6)


class Watchlist:
    """Rows of all symbols of the desk, in the order of its configuration."""

    def __init__(self, instruments: Iterable[Instrument]) -> None:
        self.instruments = {instrument.symbol: instrument for instrument in instruments}
        self._rows = {s: WatchRow(s, i.decimals, i.tick) for s, i in self.instruments.items()}
        self._trends: dict[str, deque[float]] = {s: deque(maxlen=TREND_POINTS) for s in self._rows}
        self._sampled = float("-inf")

    def update(self, changes: Sequence[Change]) -> None:
        """Takes the newest states; one of a symbol that the configuration doesn't have is passed over."""
        for change in changes:
            (
                symbol,
                bid,
                ask,
                bid_size,
                ask_size,
                last,
                last_size,
                volume,
                event,
                received,
                _,
                gaps,
                messages,
            ) = change
            before = self._rows.get(symbol)
            if before is None:
                continue
            row = WatchRow(
                symbol, before.decimals, before.tick, bid, ask, bid_size, ask_size, last, last_size, volume,
                event, received, gaps, messages, before.first, before.direction, before.trend,
            )  # fmt: skip
            mid, was = row.mid, before.mid
            direction = before.direction
            if mid is not None and was is not None and mid != was:
                direction = 1 if mid > was else -1
            first = before.first if before.first is not None else mid
            if direction != row.direction or first != row.first:
                row = _with(row, first=first, direction=direction)
            self._rows[symbol] = row

    def sample(self, now: float) -> None:
        """Adds a point to each trend, at most once a second (`now` is monotonic)."""
        if now - self._sampled < TREND_EVERY_S:
            return
        self._sampled = now
        for symbol, row in self._rows.items():
            mid = row.mid
            if mid is not None:
                self._trends[symbol].append(mid)
                self._rows[symbol] = _with(row, trend=tuple(self._trends[symbol]))

    def rows(self) -> tuple[WatchRow, ...]:
        """All rows."""
        return tuple(self._rows.values())


def _with(row: WatchRow, **changes: Any) -> WatchRow:
    return replace(row, **changes)


def read_instruments(market_data: Mapping[str, Any]) -> list[Instrument]:
    """The instruments of the configuration's section `market_data`, in the order of its symbols."""
    known: Mapping[str, Mapping[str, Any]] = market_data.get("instruments", {})
    return [
        Instrument(
            symbol,
            float(known.get(symbol, {}).get("tick", "0.01")),
            float(known.get(symbol, {}).get("multiplier", "1")),
            str(known.get(symbol, {}).get("currency", "")),
        )
        for symbol in market_data.get("symbols", [])
    ]
