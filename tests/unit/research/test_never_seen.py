"""A model is judged, and traded, on what nobody who made it has seen, and at prices that came after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import trading_rust

from console.research import backtest as backtesting
from console.research import optimize_objective, trainer
from console.research.backtest import Chosen, backtest
from console.research.dataset import Dataset, SymbolBars, build_bars, build_dataset
from console.research.frameworks import xgboost_trees
from console.research.frameworks.common import Floats, OnProgress, Settings
from console.research.labels import Labelling
from console.research.leakage import LeakageError
from console.research.optimize import Search, work
from console.research.optimize_objective import Evaluator, Parameters
from console.research.sources import Source
from console.research.splits import Split, embargo_us, split_by_time, walk_forward
from console.research.trainer import Plan
from tests.unit.research.markets import INTERVAL_US, market

HORIZON = 20
EMBARGO_US = embargo_us(INTERVAL_US)


@pytest.fixture(scope="module")
def bars() -> list[SymbolBars]:
    return build_bars(Source("rows", "rows", market(4_000, 5, trend=0), ""), INTERVAL_US)


@pytest.fixture(scope="module")
def data(bars: list[SymbolBars]) -> Dataset:
    return build_dataset(bars, HORIZON, INTERVAL_US)


@dataclass
class Watched:
    """A framework that learns nothing, and tells what it was given and asked."""

    fitted: list[tuple[Dataset, Dataset]] = field(default_factory=list)
    asked: list[Floats] = field(default_factory=list)

    def train(self, training: Dataset, validation: Dataset, _: Settings, __: OnProgress) -> Watched:
        self.fitted.append((training, validation))
        return self

    def probabilities(self, features: Floats) -> Floats:
        self.asked.append(features)
        return np.tile([0.5, 0.3, 0.2], (len(features), 1))

    def to_onnx(self, metadata: Mapping[str, str]) -> onnx.ModelProto:
        pytest.fail("a model that learnt nothing must not be exported")

    def describe(self) -> dict[str, Any]:
        return {}


@dataclass
class Oracle:
    """Knows the next bar's move, and that alone."""

    bars: list[SymbolBars]

    def __post_init__(self) -> None:
        [one] = self.bars
        rises = np.diff(one.close, append=one.close[-1]) > 0
        self._rises = {row.tobytes(): rise for row, rise in zip(one.features, rises, strict=True)}

    def probabilities(self, features: Floats) -> Floats:
        rises = [self._rises[row.tobytes()] for row in np.ascontiguousarray(features)]
        return np.where(np.array(rises)[:, None], [0.05, 0.9, 0.05], [0.05, 0.05, 0.9])

    def at_once_bp(self, first: int) -> float:
        """What it would earn from bar `first` on, filled at the price it decides on."""
        [one] = self.bars
        return float(np.abs(np.diff(one.close[first:])).sum() / one.close[first] * 1e4)


def assert_same(given: Dataset, data: Dataset, part: np.ndarray) -> None:
    wanted = data.take(part)
    np.testing.assert_array_equal(given.closed_us, wanted.closed_us)
    np.testing.assert_array_equal(given.features, wanted.features)
    np.testing.assert_array_equal(given.labels, wanted.labels)


def test_a_training_keeps_its_parts_apart(
    bars: list[SymbolBars], data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched = Watched()
    monkeypatch.setattr(trainer, "load_framework", lambda _: watched.train)
    file = tmp_path / "market.csv"
    market(4_000, 5, trend=0).to_csv(file, index=False)
    plan = Plan(str(file), "xgboost", "made", Labelling(horizon=HORIZON), folds=2)
    trained = trainer.train(plan, lambda _: None)

    split = split_by_time(data, EMBARGO_US)
    splits = [split, *walk_forward(data, EMBARGO_US, 2)]
    for (training, validation), parts in zip(watched.fitted, splits, strict=True):
        assert_same(training, data, parts.training)
        assert_same(validation, data, parts.validation)
    # It is asked for the folds' tests, for its own, and for the bars of the test alone, to trade them.
    test = data.take(split.test)
    [one] = bars
    wanted = [data.take(fold.test).features for fold in splits[1:]]
    wanted += [test.features, one.features[one.closed_us >= test.closed_us[0]]]
    assert len(watched.asked) == len(wanted)
    for asked, rows in zip(watched.asked, wanted, strict=True):
        np.testing.assert_array_equal(asked, rows)
    # The baseline knows the shares of the training set, as the model does.
    shares = data.take(split.training).class_shares()
    assert trained.scores.prior_log_loss == pytest.approx(-np.log(shares[test.labels]).mean(), rel=1e-6)


def times(spans: list[tuple[SymbolBars, slice]]) -> np.ndarray:
    [(one, span)] = spans
    return one.closed_us[span]


def test_a_search_trains_chooses_and_trades_on_parts_that_are_apart(
    bars: list[SymbolBars], data: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched = Watched()
    chosen: list[np.ndarray] = []
    traded: list[np.ndarray] = []
    choose, trade = Evaluator._choose, Evaluator._trade

    def spy_choose(self: Evaluator, fitted: Any, spans: Any, seconds: Any) -> Any:
        chosen.append(times(spans))
        return choose(self, fitted, spans, seconds)

    def spy_trade(self: Evaluator, fitted: Any, spans: Any, *more: Any) -> Any:
        traded.append(times(spans))
        return trade(self, fitted, spans, *more)

    monkeypatch.setattr(xgboost_trees, "train", watched.train)
    monkeypatch.setattr(Evaluator, "_choose", spy_choose)
    monkeypatch.setattr(Evaluator, "_trade", spy_trade)
    parameters = Parameters(Labelling(horizon=HORIZON), Settings())
    Evaluator(bars, INTERVAL_US, 2).value(parameters, lambda *_: None)
    splits: list[Split] = walk_forward(data, EMBARGO_US, 2)
    for (training, validation), looked, earned, split in zip(
        watched.fitted, chosen, traded, splits, strict=True
    ):
        assert_same(training, data, split.training)
        assert_same(validation, data, split.validation)
        for given, part in ((looked, split.validation), (earned, split.test)):
            wanted = data.closed_us[part]
            assert (given[0], given[-1]) == (wanted[0], wanted[-1])


def test_what_is_decided_on_a_bar_is_filled_at_the_next(
    bars: list[SymbolBars], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever knows the next bar's move alone would be rich at the price it decides on, and is not."""
    oracle = Oracle(bars)
    monkeypatch.setattr(backtesting, "run_in_python", lambda _, rows: oracle.probabilities(rows))
    monkeypatch.setattr(xgboost_trees, "train", lambda *_: oracle)
    source = Source("rows", "rows", market(4_000, 5, trend=0), "")
    model = Chosen("x", Path("x"), INTERVAL_US, None, Labelling(horizon=HORIZON), 0.0)
    free = [replace(one, spread=np.zeros(len(one))) for one in bars]
    traded = trainer.trade(oracle.probabilities, free, 0.6)
    earned = {
        "training": (traded.profit_bp, 0),
        "training, before costs": (traded.before_costs_bp, 0),
        "backtest": (backtest(model, source, threshold=0.6).figures[1].profit_bp, 0),
    }
    value = Evaluator(free, INTERVAL_US, 1).value(
        Parameters(Labelling(horizon=HORIZON), Settings()), lambda *_: None
    )
    # One fold trades the last of three parts.
    earned["search"] = (value.profit_bp, 2 * len(bars[0]) // 3)
    for where, (profit, first) in earned.items():
        assert abs(profit) < 0.2 * oracle.at_once_bp(first), where


def test_a_strategy_is_chosen_by_fills_at_the_next_bar(
    bars: list[SymbolBars], monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep, grids = trading_rust.sweep, []

    def spy(*given: Any, **named: Any) -> Any:
        grids.append(given[2])
        return sweep(*given, **named)

    monkeypatch.setattr(trading_rust, "sweep", spy)
    monkeypatch.setattr(optimize_objective.xgboost_trees, "train", Watched().train)
    Evaluator(bars, INTERVAL_US, 1).value(Parameters(Labelling(horizon=HORIZON), Settings()), lambda *_: None)
    assert [grid["latency"] for grid in grids] == [1]


def test_the_moment_until_a_label_looks_is_the_close_of_its_last_bar(
    bars: list[SymbolBars], data: Dataset
) -> None:
    [one] = bars
    at = np.searchsorted(one.closed_us, data.closed_us)
    np.testing.assert_array_equal(data.until_us, one.closed_us[at + HORIZON])


def test_an_embargo_is_as_long_as_a_feature_looks_back() -> None:
    assert EMBARGO_US == trading_rust.FEATURE_WARM_UP_BARS * INTERVAL_US


def test_a_cost_is_the_spread_in_force_when_its_bar_closed() -> None:
    rows = market(200, 5, trend=0)
    # Each row opens a bar, so what it asks is in force at the close of its own and no earlier.
    rows["ask"] = rows["bid"] + 0.02 + 0.01 * np.arange(len(rows))
    [one] = build_bars(Source("rows", "rows", rows, ""), INTERVAL_US)
    spread = (rows["ask"] - rows["bid"]).to_numpy()[: len(one)]
    np.testing.assert_allclose(one.spread * one.close, spread, rtol=1e-9)


def test_a_search_on_a_feature_that_knows_the_future_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = trading_rust.compute_features

    def leaking(close: Floats, *more: Any) -> Floats:
        features = honest(close, *more)
        features[:, 0] -= np.nanmean(features[:, 0])
        return features

    monkeypatch.setattr(trading_rust, "compute_features", leaking)
    file = tmp_path / "market.csv"
    market(1_500, 5, trend=0).to_csv(file, index=False)
    search = Search("sought", str(file), trials=1, interval_us=INTERVAL_US)
    with pytest.raises(LeakageError, match="changes with what comes after it"):
        work(search, f"sqlite:///{tmp_path}/study.db")
