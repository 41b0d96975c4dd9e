"""One immutable picture of everything the screen shows, pulled once per frame: nothing is posted per
message.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from console.core.bars import Bar, read_bars
from console.core.commands import CommandBoard, CommandView, Kind
from console.core.feed import Feed, Instrument, Watchlist, WatchRow
from console.core.identity import now_us
from console.core.picture import DeskPicture
from console.core.records import KillRow, LimitRow, PositionRow
from console.core.state import ENGINE, RISK_MANAGER, DeskState

# A quote older than this is stale unless the configuration says otherwise (risk.limits.stale_after_s).
STALE_AFTER_S = 15.0
# Candles that are read for a chart: all that the feed keeps, so that one can scroll back.
CHART_CANDLES = 720
NEWEST_CANDLES = 4
ALL_BARS_EVERY_S = 1.0
# Who decides whether an order may leave.
DECIDING = (ENGINE, RISK_MANAGER)
# Who fills orders, however much the engine is still there.
VENUE = "paper-venue"
# The streams bring a kill that this console has had acknowledged so soon, or it isn't latched any more.
TOLD_WITHIN_US = 1_000_000


class Standing(Enum):
    """Whether orders may leave, the worst that is known; the value says what it means."""

    UNPROVED = "a kill is latched that the venue has not confirmed"
    KILLED = "the whole desk is killed, and the venue has confirmed it"
    UNKNOWN = "nobody says whether orders may leave"
    GATED = "a gate is closed for the whole desk"
    PARTLY = "some symbols are killed or gated, the others trade"
    LIMITED = "no gate is closed, and a limit is reached: what adds to it is denied"
    TRADING = "nothing is killed, no gate is closed and no limit is reached"


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over the positions. `certain` is False when one of them rests on an old mark or none."""

    realized: float = 0.0
    unrealized: float = 0.0
    gross: float = 0.0
    net: float = 0.0
    open_positions: int = 0
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Frame:
    """Everything at one moment. `now_us` is arrival time, microseconds since 1970."""

    now_us: int
    watch: tuple[WatchRow, ...] = ()
    bars: tuple[Bar, ...] = ()
    bars_of: str = ""
    desk: DeskPicture = field(default_factory=DeskPicture)
    totals: Totals = field(default_factory=Totals)
    commands: tuple[CommandView, ...] = ()
    stale_after_s: float = STALE_AFTER_S
    feed_messages: int = 0
    feed_gaps: int = 0
    feed_malformed: int = 0
    # Of a recording that is played: what to call it; the times of the frame are then recorded ones.
    replay: str = ""

    def stale(self, row: WatchRow) -> bool:
        """True when the row's newest data is too old to rely on, or there is none."""
        age = row.age_s(self.now_us)
        return age is None or age > self.stale_after_s

    def position_stale(self, position: PositionRow) -> bool:
        """True when an open position's mark is missing or old: its figures then rest on nothing fresh."""
        if position.quantity == 0:
            return False
        return position.price is None or (self.now_us - position.marked_us) / 1e6 > self.stale_after_s

    def instrument(self, symbol: str) -> WatchRow | None:
        """The watchlist's row of a symbol."""
        return next((row for row in self.watch if row.symbol == symbol), None)

    def decimals(self, symbol: str) -> int:
        """Decimals of the symbol's prices; two for one that the desk doesn't know."""
        row = self.instrument(symbol)
        return row.decimals if row is not None else 2

    @property
    def working_orders(self) -> int:
        """Orders that may still be filled."""
        return sum(1 for order in self.desk.orders if order.working)

    @property
    def standing(self) -> Standing:
        """Whether orders may leave. Whatever on the screen says so words this, and decides nothing itself."""
        if self.unsaid_kills or self.unproved_kills:
            return Standing.UNPROVED
        if self.desk_killed:
            return Standing.KILLED
        if self.no_word:
            return Standing.UNKNOWN
        gates = self.desk.gates
        if any(not gate.symbol for gate in gates):
            return Standing.GATED
        if gates or self.killed_symbols:
            return Standing.PARTLY
        return Standing.LIMITED if self.reached else Standing.TRADING

    def standing_of(self, symbol: str) -> Standing:
        """The same for one symbol, which never stands `PARTLY`."""
        if self.desk_killed or symbol in self.killed_symbols:
            unproved = {kill.symbol for kill in self.unproved_kills}.union(self.unsaid_kills)
            return Standing.UNPROVED if unproved & {"", symbol} else Standing.KILLED
        if self.no_word:
            return Standing.UNKNOWN
        if any(gate.symbol in ("", symbol) for gate in self.desk.gates):
            return Standing.GATED
        # A limit names the one symbol where its use is largest; it may be reached in others too.
        return Standing.LIMITED if self.reached else Standing.TRADING

    @property
    def reached(self) -> tuple[LimitRow, ...]:
        """The limits of which the risk manager says that what adds to them is denied."""
        risk = self.desk.risk
        return tuple(limit for limit in risk.limits if limit.denies) if risk is not None else ()

    @property
    def desk_killed(self) -> bool:
        """True while the whole desk is killed, by the word of one of the two or by a kill's own stages."""
        return self._desk_latched or any(not kill.symbol for kill in self.desk.kills)

    @property
    def killed_symbols(self) -> frozenset[str]:
        """The symbols that are killed by themselves, by anybody's word or by a kill's own stages."""
        desk = self.desk
        told = desk.trading.killed_symbols if desk.trading is not None else frozenset()
        # The risk manager tells of its latch of a symbol by a gate alone.
        latches = (gate.symbol for gate in desk.gates if gate.kind == "KILL_LATCH")
        return told.union((kill.symbol for kill in desk.kills), latches, self._killed_here) - {""}

    @property
    def halted_symbols(self) -> frozenset[str]:
        """The symbols that are killed or gated by themselves; what holds for the whole desk is not in it."""
        return self.killed_symbols.union(gate.symbol for gate in self.desk.gates) - {""}

    @property
    def desk_paused(self) -> bool:
        """True while an operator's pause of the whole desk is a closed gate."""
        return any(gate.kind == "OPERATOR_PAUSE" and not gate.symbol for gate in self.desk.gates)

    @property
    def unproved_kills(self) -> tuple[KillRow, ...]:
        """Kills whose stages are told, and that the venue has not confirmed; the desk's first."""
        return tuple(kill for kill in self.desk.kills if not kill.verified)

    @property
    def unsaid_kills(self) -> tuple[str, ...]:
        """What is latched without a word on how far the kill is: `""` alone for the desk, else symbols. The
        proof of one scope is none of another; only the desk's holds for every symbol.
        """
        told = {kill.symbol for kill in self.desk.kills}
        if "" in told:
            return ()
        return ("",) if self._desk_latched else tuple(sorted(self.killed_symbols - told))

    @property
    def _desk_latched(self) -> bool:
        trading, risk = self.desk.trading, self.desk.risk
        told = (trading is not None and trading.desk_killed) or (risk is not None and risk.killed)
        return told or "" in self._killed_here

    @property
    def _killed_here(self) -> set[str]:
        """What this console's own kills have latched, while the streams may be behind the answer."""
        return {
            view.intent.symbol
            for view in self.commands
            if view.intent.kind is Kind.KILL
            and any(stage.startswith("LATCHED") for stage in view.stages)
            and (view.open or abs(self.now_us - view.finished_us) < TOLD_WITHIN_US)
        }

    def silent(self, service: str) -> bool:
        """True while a service gives no answer: what it said last is then no word of now."""
        return any(row.name == service and row.lost for row in self.desk.services)

    @property
    def totals_stale(self) -> bool:
        """True when the sums over positions rest on an old mark or none, or on the last word of an engine or
        a venue that is silent.
        """
        return not self.totals.certain or self.book_stale

    @property
    def book_stale(self) -> bool:
        """True when orders and positions are the last word of an engine or a venue that is silent."""
        return self.silent(ENGINE) or self.silent(VENUE)

    @property
    def risk_stale(self) -> bool:
        """True when the limits and the day's profit rest on the last word of a service that is silent: the
        risk manager's own, or what it knows of orders and positions.
        """
        return self.desk.risk is not None and any(map(self.silent, (RISK_MANAGER, ENGINE, VENUE)))

    @property
    def day_stale(self) -> bool:
        """True when the day's profit rests on anything old: a mark, or the word of who knows it."""
        risk = self.desk.risk
        return self.totals_stale or self.risk_stale or (risk is not None and risk.unmarked)

    @property
    def no_word(self) -> bool:
        """True while nobody can say whether trading is allowed: neither the engine nor the risk manager has
        spoken yet, or both are silent. One that is left tells of the other's silence by a gate.
        """
        if self.desk.trading is None and self.desk.risk is None:
            return True
        deciding = [row for row in self.desk.services if row.name in DECIDING]
        return bool(deciding) and all(row.lost for row in deciding)

    @property
    def no_word_for_s(self) -> float | None:
        """Seconds since the newest word of those who can say whether trading is allowed; None before any."""
        ages = [row.age_s for row in self.desk.services if row.name in DECIDING and row.age_s is not None]
        return min(ages, default=None)


class FrameSource(Protocol):
    """Where the app gets its frames."""

    def pull(self, selected: str, interval_s: int) -> Frame:
        """The picture now, with the bars of the selected symbol."""
        ...


class DeskFrameSource:
    """Frames of a running desk: the native feed, the stream thread's state and the console's own commands."""

    def __init__(
        self,
        state: DeskState,
        feed: Feed | None,
        instruments: list[Instrument],
        board: CommandBoard,
        *,
        stale_after_s: float = STALE_AFTER_S,
        learns: bool = False,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        """`learns`: symbols that the feed meets and `instruments` doesn't have are listed too; `seconds` is
        what ages are counted by.
        """
        self._state = state
        self._feed = feed
        self._seconds = seconds
        self._symbols: Sequence[str] = ()
        self._learns = learns
        self._watchlist = Watchlist(instruments, learns=learns)
        self._board = board
        self._stale_after_s = stale_after_s
        self._kept: list[Bar] = []
        self._kept_of: tuple[str, int] = ("", 0)
        self._kept_at = float("-inf")
        self._first = True

    def pull(self, selected: str, interval_s: int) -> Frame:
        """Never waits: the feed's thread and the stream thread hand over what they have. The first frame is
        without quotes: arrays need a library that takes longer to load than that frame to be drawn.
        """
        now, moment = self._seconds(), now_us()
        bars: tuple[Bar, ...] = ()
        messages = gaps = malformed = 0
        first, self._first = self._first, False
        if self._feed is not None and not first:
            changes = self._feed.take()
            # The names are asked for with the first frame, and again only when the feed has met more of them.
            if len(changes["symbol"]) and changes["symbol"].max() >= len(self._symbols):
                self._symbols = self._feed.symbols
            self._watchlist.update(self._symbols, changes)
            self._watchlist.sample(now)
            if selected:
                bars = self._bars(selected, interval_s, time.monotonic())
            totals = changes["totals"]
            messages, gaps, malformed = totals["messages"], totals["gaps"], totals["malformed"]
        desk = self._state.picture(now)
        return Frame(
            moment,
            self._watchlist.rows(),
            bars,
            selected,
            desk,
            total(desk.positions, moment, self._stale_after_s),
            self._board.views(),
            self._stale_after_s,
            messages,
            gaps,
            malformed,
        )

    def _bars(self, symbol: str, interval_s: int, now: float) -> tuple[Bar, ...]:
        """The symbol's bars: all of them once a second, for older ones may still come in; the newest each
        time.
        """
        if self._feed is None or (self._learns and symbol not in self._symbols):
            # A feed of every symbol knows none before its first row.
            return ()
        of = (symbol, interval_s)
        if self._kept_of == of and now - self._kept_at < ALL_BARS_EVERY_S:
            newest = read_bars(self._feed.bars(symbol, interval_s * 1_000, NEWEST_CANDLES).tolist())
            if newest and self._kept and newest[0].start_us <= self._kept[-1].start_us:
                while self._kept and self._kept[-1].start_us >= newest[0].start_us:
                    self._kept.pop()
                self._kept += newest
                return tuple(self._kept[-CHART_CANDLES:])
        self._kept = read_bars(self._feed.bars(symbol, interval_s * 1_000, CHART_CANDLES).tolist())
        self._kept_of, self._kept_at = of, now
        return tuple(self._kept)


def total(positions: tuple[PositionRow, ...], now_us: int, stale_after_s: float = STALE_AFTER_S) -> Totals:
    """Sums positions up. A position without a mark adds its cost to exposure and nothing to profit."""
    realized = unrealized = gross = net = 0.0
    count, certain = 0, True
    for position in positions:
        realized += position.realized
        unrealized += position.unrealized or 0.0
        if position.quantity:
            count += 1
            gross += abs(position.exposure)
            net += position.exposure
            fresh = position.price is not None and (now_us - position.marked_us) / 1e6 <= stale_after_s
            certain = certain and fresh
    return Totals(realized, unrealized, gross, net, count, certain)
