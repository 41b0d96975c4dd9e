"""What one trial is worth: trained and traded walk-forward on what it never saw.

In each fold the model is trained on the past; the strategy's own parameters (threshold, stop loss, take
profit) are then chosen on the validation part, by a sweep of the Rust backtester over all of their
combinations, and model and strategy together are traded on the test part. Nothing is chosen by what it earned
on a test part, save by the study itself, which is what the deflated Sharpe ratio is for.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import trading_rust
from numpy.typing import NDArray

from console.research.backtest import BASIS_POINTS, together
from console.research.dataset import Dataset, SymbolBars, build_dataset, whole_rows
from console.research.frameworks import xgboost_trees
from console.research.frameworks.common import Fitted, Floats, Progress, Settings
from console.research.labels import Labelling, label
from console.research.optimize_luck import Moments, moments_of
from console.research.splits import embargo_us, walk_forward
from console.research.trading import paid_prices

THRESHOLDS = (0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7)
EXITS: tuple[float | None, ...] = (None, 0.0005, 0.001, 0.002)
PATIENCE = 10


@dataclass(frozen=True)
class Parameters:
    """Of label and model; those of the strategy are chosen within."""

    labelling: Labelling
    settings: Settings


@dataclass(frozen=True)
class Strategy:
    """How probabilities are traded. Exits are fractions of the entry; None: no such exit."""

    threshold: float
    stop_loss: float | None
    take_profit: float | None


@dataclass
class Seconds:
    """Where the time of a trial went. `model` is training and asking the model, by XGBoost's own C++."""

    rust: float = 0.0
    model: float = 0.0
    whole: float = 0.0

    @contextmanager
    def of(self, part: str) -> Iterator[None]:
        """Adds what the block takes to `part`."""
        begin = time.perf_counter()
        try:
            yield
        finally:
            setattr(self, part, getattr(self, part) + time.perf_counter() - begin)


@dataclass(frozen=True)
class Outcome:
    """A whole trial. `strategy` is the one of the last fold, the newest."""

    moments: Moments
    profit_bp: float
    trades: int
    strategy: Strategy
    seconds: Seconds

    def to_json(self) -> dict[str, Any]:
        """For the study."""
        return asdict(self)


@dataclass
class Evaluator:
    """Values parameters on one market. `threads` are those of the sweep."""

    bars: Sequence[SymbolBars]
    interval_us: int
    folds: int
    threads: int = 1
    _prices: dict[str, tuple[Floats, Floats]] = field(init=False)

    def __post_init__(self) -> None:
        self._prices = {one.symbol: paid_prices(one) for one in self.bars}

    def value(self, parameters: Parameters, on_fold: Callable[[int, float], None]) -> Outcome:
        """Every fold, one after the other; `on_fold` hears the Sharpe ratio per bar so far, and may raise.

        Raises `SourceError` and `TrainingError` for parameters that can't be trained with.
        """
        seconds = Seconds()
        with seconds.of("whole"):

            def timed(*given: Any) -> tuple[NDArray[np.int64], Floats]:
                with seconds.of("rust"):
                    return label(*given)

            data = build_dataset(list(self.bars), parameters.labelling, self.interval_us, timed)
            returns: list[Floats] = []
            profit, trades, strategy = 0.0, 0, Strategy(THRESHOLDS[0], None, None)
            for number, split in enumerate(walk_forward(data, embargo_us(self.interval_us), self.folds)):
                training, validation = data.take(_run(split.training)), data.take(_run(split.validation))
                with seconds.of("model"):
                    fitted = xgboost_trees.train(training, validation, parameters.settings, _silent)
                strategy = self._choose(fitted, self._span(data, split.validation), seconds)
                part, count = self._trade(fitted, self._span(data, split.test), strategy, seconds)
                returns.append(part)
                profit += float(part.sum()) * BASIS_POINTS
                trades += count
                on_fold(number, moments_of(np.concatenate(returns)).sharpe)
        return Outcome(moments_of(np.concatenate(returns)), profit, trades, strategy, seconds)

    def _span(self, data: Dataset, part: NDArray[np.int64]) -> list[tuple[SymbolBars, slice]]:
        """Where the bars of each symbol lie in the time of `part`."""
        first, last = int(data.closed_us[part[0]]), int(data.closed_us[part[-1]])
        spans = []
        for one in self.bars:
            begin = int(np.searchsorted(one.closed_us, first, side="left"))
            end = int(np.searchsorted(one.closed_us, last, side="right"))
            if end > begin:
                spans.append((one, slice(begin, end)))
        return spans

    def _choose(self, fitted: Fitted, spans: list[tuple[SymbolBars, slice]], seconds: Seconds) -> Strategy:
        """The strategy with the highest Sharpe ratio, the mean over symbols, of all combinations."""
        total = np.zeros(len(THRESHOLDS) * len(EXITS) ** 2)
        for one, span in spans:
            bids, asks = self._prices[one.symbol]
            probabilities = _ask(fitted, one.features[span], seconds)
            with seconds.of("rust"):
                swept = trading_rust.sweep(
                    one.close[span],
                    "threshold",
                    {
                        "threshold": list(THRESHOLDS),
                        "stop_loss": list(EXITS),
                        "take_profit": list(EXITS),
                        "latency": 1,
                    },
                    probabilities=probabilities,
                    bids=bids[span],
                    asks=asks[span],
                    threads=self.threads,
                ).sharpe
            # A combination that never trades has no ratio.
            total += np.nan_to_num(swept, nan=0.0)
        combinations = list(itertools.product(THRESHOLDS, EXITS, EXITS))
        return Strategy(*combinations[int(total.argmax())])

    def _trade(
        self, fitted: Fitted, spans: list[tuple[SymbolBars, slice]], strategy: Strategy, seconds: Seconds
    ) -> tuple[Floats, int]:
        times, curves, trades = [], [], 0
        for one, span in spans:
            bids, asks = self._prices[one.symbol]
            probabilities = _ask(fitted, one.features[span], seconds)
            with seconds.of("rust"):
                signals = trading_rust.signals_from_probabilities(probabilities, strategy.threshold)
                report = trading_rust.backtest(
                    one.close[span],
                    signals,
                    bids=bids[span],
                    asks=asks[span],
                    latency=1,
                    stop_loss=strategy.stop_loss,
                    take_profit=strategy.take_profit,
                )
                equity, count = report.equity, len(report.trades)
            times.append(one.closed_us[span])
            curves.append(equity / one.close[span][0])
            trades += count
        return np.diff(together(times, curves)[1], prepend=0.0), trades


def _run(part: NDArray[np.int64]) -> slice:
    """A part of a split, which time makes one run of samples."""
    return slice(int(part[0]), int(part[-1]) + 1)


def _ask(fitted: Fitted, features: Floats, seconds: Seconds) -> Floats:
    """Probabilities of each bar, NaN where it has no features yet."""
    warm = whole_rows(features)
    if warm.all():
        with seconds.of("model"):
            return fitted.probabilities(features)
    probabilities = np.full((len(features), 3), np.nan)
    if warm.any():
        with seconds.of("model"):
            probabilities[warm] = fitted.probabilities(features[warm])
    return probabilities


def _silent(_: Progress) -> None:
    """Rounds of a trial are not told."""
