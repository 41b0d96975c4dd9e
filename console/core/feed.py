"""The watchlist: the newest quote of each symbol, taken once per frame from the native reader of market
data.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from trading_rust import mid

from console.core.format import decimals_of

TREND_POINTS = 40
TREND_EVERY_S = 1.0
# What a row of the watchlist is made of, in the order in which it is read.
COLUMNS = (
    "symbol", "bid", "ask", "bid_size", "ask_size", "last", "last_size", "volume", "event_us", "received_us",
    "gaps", "messages", "latency_us", "published_us",
)  # fmt: skip


class Feed(Protocol):
    """What the console needs of `trading_rust.MarketFeed`, which reads in a native thread."""

    @property
    def symbols(self) -> Sequence[str]:
        """The names that `take` gives positions of."""
        ...

    def take(self) -> Any:
        """What changed since the last call, as arrays, and the counts: `trading_rust.FeedFrame`."""
        ...

    def bars(self, symbol: str, interval_ms: int = 1000, limit: int | None = None) -> Any:
        """Rows (start_us, open, high, low, close, volume) of the symbol, the oldest first."""
        ...

    def totals(self) -> Any:
        """messages, malformed, untracked, gaps and last_received_us of the whole feed."""
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
    `latency_us` is the longest way of a row from published to received in the last frame that had one;
    `published_us` says when the newest left market-data, 0 where that isn't known.
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
    latency_us: int = 0
    published_us: int = 0

    @property
    def mid(self) -> float | None:
        """Between bid and ask; None when one is missing or they are crossed."""
        return mid(self.bid, self.ask)

    @property
    def spread(self) -> float | None:
        """Ask less bid."""
        return None if self.bid is None or self.ask is None else self.ask - self.bid

    @property
    def change(self) -> float | None:
        """Share by which the mid moved since the console opened."""
        now_at = self.mid
        return None if now_at is None or not self.first else now_at / self.first - 1

    def age_s(self, now_us: int) -> float | None:
        """Seconds since the newest row was published; None before any.

        By the arrival the last value of a symbol that fell silent would be new to every console that is
        opened, and a reader that is behind would call late quotes fresh.
        """
        return None if self.received_us == 0 else max(0.0, (now_us - self.told_us) / 1e6)

    @property
    def told_us(self) -> int:
        """When the newest row was published; when it arrived where that isn't known."""
        return min(self.published_us, self.received_us) or self.received_us


class Watchlist:
    """Rows of all symbols of the desk, in the order of its configuration; where it `learns`, those that only
    the feed knows stand behind them.
    """

    def __init__(self, instruments: Iterable[Instrument], *, learns: bool = False) -> None:
        self.instruments = {instrument.symbol: instrument for instrument in instruments}
        self._learns = learns
        # Symbols of which only prices are known: their decimals are those seen so far.
        self._learned: set[str] = set()
        self._rows = {s: WatchRow(s, i.decimals, i.tick) for s, i in self.instruments.items()}
        self._trends: dict[str, deque[float]] = {s: deque(maxlen=TREND_POINTS) for s in self._rows}
        self._sampled = float("-inf")

    def update(self, symbols: Sequence[str], frame: Mapping[str, Any]) -> None:
        """Takes a frame of the feed, whose positions count in `symbols`."""
        # Whole columns at once: an element of an array costs more than all else here.
        columns = zip(*(frame[name].tolist() for name in COLUMNS), strict=True)
        for position, bid, ask, bid_size, ask_size, last, last_size, volume, *rest in columns:
            symbol = symbols[position]
            before = self._rows.get(symbol)
            if before is None and self._learns:
                before = WatchRow(symbol, 0, 1.0)
                self._learned.add(symbol)
                self._trends[symbol] = deque(maxlen=TREND_POINTS)
            if before is None:
                continue
            if symbol in self._learned:
                decimals = max(before.decimals, *map(_decimals_seen, (bid, ask, last)))
                before = replace(before, decimals=decimals, tick=10.0**-decimals)
            event, received, gaps, messages, latency, published = rest
            row = WatchRow(
                symbol, before.decimals, before.tick, _known(bid), _known(ask), bid_size, ask_size,
                _known(last), last_size, volume, event, received, gaps, messages, before.first,
                before.direction, before.trend, latency,
                published,
            )  # fmt: skip
            now, was = row.mid, before.mid
            direction = before.direction
            if now is not None and was is not None and now != was:
                direction = 1 if now > was else -1
            first = before.first if before.first is not None else now
            if direction != row.direction or first != row.first:
                row = replace(row, first=first, direction=direction)
            self._rows[symbol] = row

    def sample(self, now: float) -> None:
        """Adds a point to each trend, at most once a second (`now` is monotonic)."""
        if now - self._sampled < TREND_EVERY_S:
            return
        self._sampled = now
        for symbol, row in self._rows.items():
            now_at = row.mid
            if now_at is not None:
                self._trends[symbol].append(now_at)
                self._rows[symbol] = replace(row, trend=tuple(self._trends[symbol]))

    def rows(self) -> tuple[WatchRow, ...]:
        """All rows."""
        return tuple(self._rows.values())


def _decimals_seen(price: float) -> int:
    """Decimals with which a price is written; none for one that isn't there."""
    text = f"{price:.9f}".rstrip("0") if price == price else ""
    return len(text.partition(".")[2])


def _known(price: float) -> float | None:
    """None for a price that isn't there, which is NaN in an array."""
    return None if price != price else price


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
