"""A model on a file of market data: what it says, what it decides, and what that would have earned.

Probabilities by ONNX Runtime, decisions by the rule of the signal bridge, money by the Rust backtester.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import trading_rust
from numpy.typing import NDArray

from console.research.dataset import SymbolBars, build_bars, build_dataset, cost_warnings
from console.research.entry import ModelEntry, RegistryError
from console.research.export import run_in_python
from console.research.labels import Labelling
from console.research.model_file import read_model_file
from console.research.registry import ModelRegistry
from console.research.scores import Scores, rounded, score
from console.research.sources import Source, SourceError
from console.research.trading import paid_prices

Floats = NDArray[np.float64]
BASIS_POINTS = 1e4


@dataclass(frozen=True)
class Exits:
    """Distances from the entry, as fractions of it; None: no such exit."""

    stop_loss: float | None = None
    take_profit: float | None = None


@dataclass(frozen=True)
class Chosen:
    """The model to test: a file, and what is known of its training."""

    name: str
    path: Path
    interval_us: int
    # The end of all that it was trained and stopped by, event time in microseconds; None when nobody told.
    known_until_us: int | None
    # What it was trained to foretell, and the commission it was trained under; None when nobody told.
    labelling: Labelling | None = None
    commission: float = 0.0


@dataclass(frozen=True)
class SymbolResult:
    """One symbol: its bars, the decisions, and the backtest of one unit of it after costs."""

    bars: SymbolBars
    signals: NDArray[np.int8]
    paid: trading_rust.BacktestReport

    @property
    def profit_bp(self) -> Floats:
        """After each bar, in basis points of the first price."""
        return np.asarray(self.paid.equity * (BASIS_POINTS / self.bars.close[0]), dtype=np.float64)


@dataclass(frozen=True)
class Figures:
    """What a way to trade gave, in basis points of each symbol's first price, summed over symbols.

    `trades` and `win_rate` count closed trades; a position still open at the end shows in the profit alone.
    """

    name: str
    profit_bp: float
    max_drawdown_bp: float
    trades: int
    win_rate: float | None


@dataclass(frozen=True)
class Backtest:
    """All of it. `closed_us` and `profit_bp` are the curve of all symbols together."""

    model: Chosen
    source: Source
    threshold: float
    exits: Exits
    symbols: tuple[SymbolResult, ...]
    closed_us: NDArray[np.int64]
    profit_bp: Floats
    figures: tuple[Figures, ...]
    scores: Scores
    warnings: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """For scripts."""
        return {
            "model": self.model.name,
            "data": self.source.name,
            "sha256": self.source.sha256,
            "threshold": self.threshold,
            "stop_loss": self.exits.stop_loss,
            "take_profit": self.exits.take_profit,
            "bars": sum(len(one.bars) for one in self.symbols),
            "first_us": int(self.closed_us[0]),
            "last_us": int(self.closed_us[-1]),
            "figures": [rounded(vars(one)) for one in self.figures],
            "scores": self.scores.to_json(),
            "warnings": list(self.warnings),
        }


def choose(name: str, registry: ModelRegistry) -> Chosen:
    """The model `name`: a version of `registry`, or an .onnx file. Raises `RegistryError`."""
    path, known_until = Path(name), None
    labelling, commission = None, 0.0
    if path.suffix != ".onnx":
        entry = registry.get_model(name)
        path = registry.model_path(entry)
        known_until = entry.data.get("first_us", {}).get("test")
        labelling = _labelling(entry)
        commission = float(entry.data.get("commission", 0.0))
    file = read_model_file(path)
    file.check_tradable()
    schema = file.feature_schema
    if schema is None or schema.hash != trading_rust.FEATURE_SCHEMA_HASH:
        raise RegistryError(
            f"{path}: it was trained on other features than these of version "
            f"{trading_rust.FEATURE_SCHEMA_VERSION}; train it again"
        )
    if known_until is None and (told := _metadata(path).get("training_last_us", "")).isdigit():
        known_until = int(told) + 1
    interval_us = file.bar_interval_us or trading_rust.DEFAULT_BAR_INTERVAL_US
    return Chosen(name, path, interval_us, known_until, labelling, commission)


def _labelling(entry: ModelEntry) -> Labelling | None:
    told = entry.data.get("labelling")
    try:
        return None if told is None else Labelling(**told)
    except (TypeError, ValueError) as error:
        raise RegistryError(
            f"{entry.version}: data.labelling is no labelling ({error}); name one with --horizon"
        ) from error


def backtest(
    model: Chosen,
    source: Source,
    *,
    threshold: float,
    labelling: Labelling | None = None,
    exits: Exits | None = None,
    unseen: bool = False,
    commission: float | None = None,
) -> Backtest:
    """Trade `source` on the decisions of `model`; with `unseen` only what came after its training.

    Its scores are those of the labels it was trained on, and its costs those of its training, unless others
    are named. Raises `SourceError`.
    """
    exits = exits or Exits()
    labelling = labelling or model.labelling or Labelling()
    bars = build_bars(source, model.interval_us, model.commission if commission is None else commission)
    # Labels before the cut: a barrier's width rests on the bars before.
    data = build_dataset(bars, labelling, model.interval_us)
    warnings = cost_warnings(source)
    if unseen:
        if model.known_until_us is None:
            raise SourceError(f"{model.name}: nobody wrote down where its training ended; leave out --unseen")
        bars = _since(bars, model.known_until_us)
        data = data.take(data.closed_us >= model.known_until_us)
        if not bars or not len(data):
            raise SourceError(f"{source.name}: it holds nothing after the training of {model.name}")
    elif model.known_until_us is not None and any(
        int(one.closed_us[0]) < model.known_until_us for one in bars
    ):
        warnings.append(
            "part of this data may be what the model was trained on, which flatters it; --unseen leaves "
            "that out"
        )
    results = tuple(_trade(model.path, one, threshold, exits) for one in bars)
    closed, profit = together([one.bars.closed_us for one in results], [one.profit_bp for one in results])
    return Backtest(
        model=model,
        source=source,
        threshold=threshold,
        exits=exits,
        symbols=results,
        closed_us=closed,
        profit_bp=profit,
        figures=_figures(results, profit, exits),
        scores=score(run_in_python(model.path, data.features), data.labels, data.class_shares()),
        warnings=tuple(warnings),
    )


def together(
    times: Sequence[NDArray[np.int64]], curves: Sequence[Floats]
) -> tuple[NDArray[np.int64], Floats]:
    """The sum of several curves at every moment of any; each keeps its last value between its own moments."""
    if len(times) == 1:
        return times[0], curves[0]
    moments = np.unique(np.concatenate(times))
    steps = np.zeros(len(moments))
    for own, curve in zip(times, curves, strict=True):
        steps[np.searchsorted(moments, own)] += np.diff(curve, prepend=0.0)
    return moments, np.cumsum(steps)


def _trade(path: Path, bars: SymbolBars, threshold: float, exits: Exits) -> SymbolResult:
    warm = np.isfinite(bars.features).all(axis=1)
    probabilities = np.full((len(bars), 3), np.nan)
    if warm.any():
        probabilities[warm] = run_in_python(path, bars.features[warm])
    signals = trading_rust.signals_from_probabilities(probabilities, threshold)
    return SymbolResult(bars, signals, _run(bars, signals, exits))


def _run(
    bars: SymbolBars, signals: NDArray[np.int8], exits: Exits, *, free: bool = False
) -> trading_rust.BacktestReport:
    bids, asks = (bars.close, bars.close) if free else paid_prices(bars)
    return trading_rust.backtest(
        bars.close,
        signals,
        bids=bids,
        asks=asks,
        latency=1,
        stop_loss=exits.stop_loss,
        take_profit=exits.take_profit,
        timestamps_us=bars.closed_us,
    )


def _figures(results: tuple[SymbolResult, ...], profit: Floats, exits: Exits) -> tuple[Figures, ...]:
    free = [_run(one.bars, one.signals, exits, free=True) for one in results]
    long = [_run(one.bars, np.ones(len(one.bars), dtype=np.int8), Exits()) for one in results]
    made = [_of("the model, after costs", [one.paid for one in results], profit)]
    for name, reports in (("the model, before costs", free), ("always long, after costs", long)):
        curves = [
            report.equity * (BASIS_POINTS / one.bars.close[0])
            for report, one in zip(reports, results, strict=True)
        ]
        made.append(_of(name, reports, together([one.bars.closed_us for one in results], curves)[1]))
    return (*made, Figures("never trading", 0.0, 0.0, 0, None))


def _of(name: str, reports: Sequence[trading_rust.BacktestReport], profit: Floats) -> Figures:
    closed = sum(report.closed_trades for report in reports)
    won = sum(report.win_rate * report.closed_trades for report in reports if report.closed_trades)
    return Figures(
        name=name,
        profit_bp=float(profit[-1]),
        max_drawdown_bp=float(trading_rust.drawdown(profit).max()),
        trades=closed,
        win_rate=won / closed if closed else None,
    )


def _since(bars: list[SymbolBars], begin_us: int) -> list[SymbolBars]:
    parts = [one.take(one.closed_us >= begin_us) for one in bars]
    return [part for part in parts if len(part)]


def _metadata(path: Path) -> dict[str, str]:
    import onnx

    return {entry.key: entry.value for entry in onnx.load(str(path)).metadata_props}
