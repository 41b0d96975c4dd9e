"""The backtest against a plain account in Python, and what it refuses."""

import copy
import pickle
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
import trading_rust
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

Array = NDArray[np.float64]
TICK = 0.25


@dataclass(frozen=True)
class Case:
    """A market and options, everything per row."""

    prices: Array
    signals: NDArray[np.int64]
    sizes: Array
    spread: Array
    options: dict[str, object] = field(default_factory=dict)

    def run(self, **more: object) -> trading_rust.BacktestReport:
        options = {"sizes": self.sizes, "spread": self.spread, "tick_size": TICK, **self.options, **more}
        return trading_rust.backtest(self.prices, self.signals, **options)  # type: ignore[arg-type]


@st.composite
def cases(draw: st.DrawFn, rows: int = 120) -> Case:
    count = draw(st.integers(0, rows))
    column = lambda values: draw(st.lists(values, min_size=count, max_size=count))  # noqa: E731
    steps = column(st.integers(-8, 8))
    in_ticks = draw(st.booleans())
    distance = st.none() | (st.integers(0, 8) if in_ticks else st.floats(0, 0.05))
    options = {
        "commission": draw(st.floats(0, 0.01)),
        "commission_per_unit": draw(st.floats(0, 0.5)),
        "slippage": draw(st.floats(0, 3)),
        "latency": draw(st.integers(0, 3)),
        "fill": draw(st.sampled_from(["same", "next"])),
        "multiplier": draw(st.floats(0.5, 50)),
        "long_only": draw(st.booleans()),
        "stop_loss": draw(distance),
        "take_profit": draw(distance),
        "stop_unit": "ticks" if in_ticks else "fraction",
    }
    return Case(
        prices=100 + np.cumsum(np.array(steps, dtype=np.float64)) * TICK,
        signals=np.array(column(st.sampled_from([0, 0, 1, -1])), dtype=np.int64),
        sizes=np.array(column(st.integers(0, 3)), dtype=np.float64),
        spread=np.array(column(st.integers(0, 4)), dtype=np.float64),
        options=options,
    )


def plain(case: Case) -> tuple[list[float], list[tuple[int, float, float]]]:
    """Cash and units, row by row: equity, and fills as (row, units, price)."""
    option = case.options
    delay = option["latency"] + (option["fill"] == "next")
    cash = held = entry = 0.0
    blocked = False
    equity, fills = [], []
    for row, price in enumerate(case.prices.tolist()):
        targets = []
        side = 1 if held > 0 else -1
        scale = abs(entry) if option["stop_unit"] == "fraction" else TICK
        stop, take = option["stop_loss"], option["take_profit"]
        if held and (
            (stop is not None and side * price <= side * (entry - side * stop * scale))
            or (take is not None and side * price >= side * (entry + side * take * scale))
        ):
            targets.append(0.0)
            blocked = True
        source = row - delay
        if source >= 0:
            signal = case.signals[source]
            before = case.signals[source - 1] if source else 0
            blocked = blocked and signal == before and signal != 0
            if signal and not blocked:
                target = signal * case.sizes[source]
                targets.append(max(target, 0.0) if option["long_only"] else float(target))
        for target in targets:
            units = target - held
            if units == 0:
                continue
            worse = (case.spread[row] / 2 + option["slippage"]) * TICK
            fill = price + (worse if units > 0 else -worse)
            cash -= units * fill * option["multiplier"]
            cash -= abs(units * fill) * option["multiplier"] * option["commission"]
            cash -= abs(units) * option["commission_per_unit"]
            # Exits are measured from the price, whatever was paid on top.
            if held * target <= 0:
                entry = price
            elif abs(target) > abs(held):
                entry = (entry * held + price * units) / target
            held = target
            fills.append((row, units, fill))
        equity.append(cash + held * price * option["multiplier"])
    return equity, fills


@settings(max_examples=150, deadline=None)
@given(cases())
def test_it_is_a_plain_account(case: Case) -> None:
    equity, fills = plain(case)
    report = case.run()
    np.testing.assert_allclose(report.equity, equity, atol=1e-7, rtol=0)
    assert report.fills == len(fills)
    assert report.turnover == pytest.approx(
        sum(abs(units * price) for _, units, price in fills) * case.options["multiplier"]
    )
    peaks = np.maximum.accumulate(np.maximum(report.equity, 0.0)) if len(equity) else report.equity
    np.testing.assert_allclose(report.drawdown, peaks - report.equity, atol=1e-9)
    assert report.trades["pnl"].sum() == pytest.approx(report.pnl, abs=1e-6)
    assert report.trades["commission"].sum() == pytest.approx(report.commission, abs=1e-6)


@settings(max_examples=100, deadline=None)
@given(cases(), cases(), st.floats(0, 1))
def test_another_future_leaves_the_past_as_it_was(case: Case, other: Case, share: float) -> None:
    keep = int(len(case.prices) * share)
    changed = replace(
        case,
        **{
            name: np.concatenate([getattr(case, name)[:keep], getattr(other, name)])
            for name in ("prices", "signals", "sizes", "spread")
        },
    )
    before, after = case.run(), changed.run()
    np.testing.assert_array_equal(before.equity[:keep], after.equity[:keep])
    np.testing.assert_array_equal(before.drawdown[:keep], after.drawdown[:keep])
    closed = [
        report.trades[(report.trades["exit_index"] < keep) & (report.trades["reason"] > 0)]
        for report in (before, after)
    ]
    np.testing.assert_array_equal(*closed)


@settings(max_examples=60, deadline=None)
@given(cases(), st.sampled_from(["same", "next"]))
def test_without_options_it_is_the_simple_strategy(case: Case, fill: str) -> None:
    simple = trading_rust.backtest_strategy(case.prices, case.signals, 0.001, fill=fill)
    report = trading_rust.backtest(case.prices, case.signals, commission=0.001, fill=fill)
    assert report.pnl == simple
    if len(case.prices):
        assert report.equity[-1] == simple


def test_figures_follow_their_definitions() -> None:
    prices = np.array([100.0, 101.0, 103.0, 102.0, 99.0, 100.0, 104.0, 103.0])
    signals = np.array([1, 0, -1, 0, 1, 0, 0, -1])
    report = trading_rust.backtest(
        prices, signals, commission=0.001, cash=1000, long_only=True, periods_per_year=50
    )
    changes = np.diff(report.equity, prepend=1000.0)
    downside = np.sqrt(np.mean(np.minimum(changes, 0) ** 2))
    assert report.sharpe == pytest.approx(changes.mean() / changes.std(ddof=1) * np.sqrt(50))
    assert report.sortino == pytest.approx(changes.mean() / downside * np.sqrt(50))
    pnl = report.trades["pnl"]
    assert pnl.tolist() == pytest.approx([3 - 0.203, 4 - 0.202])
    assert (report.closed_trades, report.win_rate, report.profit_factor) == (2, 1.0, np.inf)
    assert report.exposure == pytest.approx(5 / 8)
    assert report.turnover == pytest.approx(100 + 103 + 99 + 103)
    assert report.total_return == pytest.approx(report.pnl / 1000)
    assert report.max_drawdown == report.drawdown.max()
    peaks = np.maximum.accumulate(np.maximum(report.equity, 1000))
    assert report.max_drawdown_fraction == pytest.approx((1 - report.equity / peaks).max())
    assert report.summary()["sharpe"] == report.sharpe
    assert "2 closed trades" in repr(report)


def test_an_exit_fills_at_its_row_and_waits_for_a_new_signal() -> None:
    prices = [100.0, 99.0, 90.0, 110.0, 110.0, 120.0, 140.0]
    signals = [1, 1, 1, 1, 0, 1, 1]
    report = trading_rust.backtest(prices, signals, stop_loss=0.05, take_profit=0.1)
    trades = report.trades_frame()
    assert trades["reason"].tolist() == ["stop_loss", "take_profit"]
    assert trades["entry_index"].tolist() == [0, 5]
    assert trades["exit_price"].tolist() == [90.0, 140.0]


def test_an_exit_follows_the_price_however_wide_the_spread() -> None:
    # Bought at 105 where the price is 100; a stop of 4 waits for a price of 96, and is filled 5 below it.
    options = {"spread": 8, "slippage": 1, "tick_size": 1.0, "stop_unit": "ticks"}
    stopped = backtest([100.0, 97.0, 96.0, 99.0], [1, 0, 0, 0], stop_loss=4, **options)
    assert stopped.trades[["exit_index", "entry_price", "exit_price"]].tolist() == [(2, 105.0, 91.0)]
    taken = backtest([100.0, 103.0, 104.0, 99.0], [-1, -1, -1, -1], take_profit=4, stop_loss=4, **options)
    assert taken.trades_frame()["reason"].tolist() == ["stop_loss"]
    quoted = backtest(
        [100.0, 109.0, 110.0],
        [1, 0, 0],
        bids=[98.0, 101.0, 108.0],
        asks=[103.0, 112.0, 113.0],
        take_profit=0.1,
    )
    assert quoted.trades[["exit_index", "exit_price"]].tolist() == [(2, 108.0)]


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_a_report_can_be_pickled(protocol: int) -> None:
    prices = {name: 100 + np.arange(50.0) % period for name, period in (("A", 7), ("B", 11))}
    signals = {name: np.sign(np.sin(values)).astype(np.int8) for name, values in prices.items()}
    report = backtest(prices, signals, commission=0.001, cash=50, timestamps_us=np.arange(50) * 3_600_000_000)
    again = pickle.loads(pickle.dumps(report, protocol))
    assert again.summary() == report.summary()
    assert again.instruments == report.instruments
    for name in ("equity", "drawdown", "trades"):
        np.testing.assert_array_equal(getattr(again, name), getattr(report, name))
        assert not getattr(again, name).flags.writeable
    assert again.to_pandas().equals(report.to_pandas())
    assert again.trades_frame().equals(report.trades_frame())
    assert repr(copy.deepcopy(report)) == repr(report)


def test_a_pickle_of_another_version_is_refused() -> None:
    restore, state = backtest(PRICES, SIGNALS).__reduce__()
    with pytest.raises(ValueError, match="run the backtest again"):
        restore(state[0] + 1, *state[1:])


def test_bid_and_ask_are_where_trades_are_filled() -> None:
    report = trading_rust.backtest(
        [10.0, 11.0, 12.0], [1, 0, -1], bids=[9.5, 10.5, 11.0], asks=[10.25, 11.5, 12.5], long_only=True
    )
    assert report.trades[["entry_price", "exit_price"]].tolist() == [(10.25, 11.0)]
    assert report.slippage == pytest.approx(1.25)


def test_a_portfolio_is_the_sum_of_its_instruments() -> None:
    generator = np.random.default_rng(5)
    prices = {name: 100 + generator.normal(size=300).cumsum() for name in ("ALFA", "BRAVO")}
    signals = {name: generator.integers(-1, 2, size=300) for name in prices}
    multiplier = {"ALFA": 1.0, "BRAVO": 50.0}
    both = trading_rust.backtest(prices, signals, multiplier=multiplier, commission=0.001, cash=500)
    parts = [
        trading_rust.backtest(prices[name], signals[name], multiplier=multiplier[name], commission=0.001)
        for name in prices
    ]
    np.testing.assert_allclose(both.equity, 500 + parts[0].equity + parts[1].equity, atol=1e-9)
    assert both.instruments == ("ALFA", "BRAVO")
    by_name = both.trades_frame().groupby("instrument")["pnl"].sum()
    assert by_name["BRAVO"] == pytest.approx(parts[1].pnl)
    assert both.exposure == pytest.approx((parts[0].exposure + parts[1].exposure) / 2)


def test_time_stamps_state_the_year_and_index_the_frame() -> None:
    day = 86_400_000_000
    report = trading_rust.backtest([1.0, 2.0, 3.0], [1, 0, 0], timestamps_us=[0, day, 2 * day])
    assert report.periods_per_year == pytest.approx(365.25)
    frame = report.to_pandas()
    assert frame["equity"].tolist() == [0.0, 1.0, 2.0]
    assert str(frame.index[1]) == "1970-01-02 00:00:00+00:00"


def test_results_are_read_only_and_nothing_is_empty() -> None:
    report = trading_rust.backtest([], [])
    assert (len(report.equity), len(report.trades), report.pnl) == (0, 0, 0.0)
    assert report.trades_frame().empty
    for array in (report.equity, report.drawdown, report.trades):
        assert not array.flags.writeable


PRICES, SIGNALS = [1.0, 2.0], [1, 0]
backtest = trading_rust.backtest


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: backtest([1.0, np.nan], SIGNALS), ValueError, r"prices\[1\] is NaN"),
        (lambda: backtest(PRICES, [1, 3]), ValueError, r"signals\[1\] is 3"),
        (lambda: backtest(PRICES, [1]), ValueError, "signals has 1 values, prices has 2"),
        (lambda: backtest(np.ones((2, 2)), SIGNALS), ValueError, "prices must have one dimension.*mapping"),
        (lambda: backtest(PRICES, np.ones((2, 2))), ValueError, "signals must have one dimension"),
        (lambda: backtest(PRICES, SIGNALS, sizes=[1.0]), ValueError, "sizes has 1 values"),
        (lambda: backtest(PRICES, SIGNALS, sizes=[1.0, -1.0]), ValueError, r"sizes\[1\] is -1"),
        (lambda: backtest(PRICES, SIGNALS, commission=-1), ValueError, "commission is -1"),
        (
            lambda: backtest(PRICES, SIGNALS, commission="a"),
            TypeError,
            "commission must be a number, not str",
        ),
        (
            lambda: backtest(PRICES, SIGNALS, slippage=1),
            ValueError,
            "slippage is counted in ticks; give tick_size",
        ),
        (
            lambda: backtest(PRICES, SIGNALS, fill="late"),
            ValueError,
            'fill is "late"; it must be "same" or "next"',
        ),
        (lambda: backtest(PRICES, SIGNALS, stop_unit="money"), ValueError, '"fraction" or "ticks"'),
        (lambda: backtest(PRICES, SIGNALS, latency=-1), ValueError, "latency is -1"),
        (lambda: backtest(PRICES, SIGNALS, latency=0.5), TypeError, "latency must be a whole number"),
        (lambda: backtest(PRICES, SIGNALS, bids=PRICES), ValueError, "bids is given without asks"),
        (lambda: backtest(PRICES, SIGNALS, bids=[2.0, 2.0], asks=[2.0, 1.0]), ValueError, r"asks\[1\]"),
        (lambda: backtest(PRICES, SIGNALS, multiplier=0), ValueError, "multiplier is 0"),
        (lambda: backtest(PRICES, SIGNALS, long_only=3), TypeError, "long_only must be True or False"),
        (lambda: backtest(PRICES, SIGNALS, cash=np.inf), ValueError, "cash is inf"),
        (lambda: backtest(PRICES, SIGNALS, periods_per_year=0), ValueError, "periods_per_year is 0"),
        (lambda: backtest(PRICES, SIGNALS, timestamps_us=[2, 1]), ValueError, r"timestamps_us\[1\]"),
        (lambda: backtest(PRICES, SIGNALS, commission={"A": 1}), ValueError, "commission is a mapping"),
        (lambda: backtest({"A": PRICES}, {"B": SIGNALS}), ValueError, 'signals lacks the instrument "A"'),
        (lambda: backtest({"A": PRICES}, SIGNALS), TypeError, "signals must be a mapping"),
        (lambda: backtest({}, {}), ValueError, "names no instrument"),
        (
            lambda: backtest({"A": PRICES, "B": [1.0]}, {"A": SIGNALS, "B": [1]}),
            ValueError,
            'prices of "B" has 1 values',
        ),
        (
            lambda: backtest({"A": PRICES}, {"A": SIGNALS}, tick_size={"B": 1}),
            ValueError,
            'tick_size lacks the instrument "A"',
        ),
        (
            lambda: trading_rust.backtest_strategy(PRICES, SIGNALS, fill="late"),
            ValueError,
            'fill is "late"; it must be "same" or "next"',
        ),
    ],
)
def test_nonsense_is_refused_by_name(call: Callable[[], object], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        call()
