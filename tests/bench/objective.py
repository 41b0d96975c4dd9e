"""Where the time of a trial of a search goes, on 100,000 bars: storage and model left out."""

from __future__ import annotations

import statistics

from console.research.dataset import build_bars
from console.research.frameworks.common import Settings
from console.research.labels import Labelling
from console.research.optimize_objective import Evaluator, Parameters
from console.research.sources import Source
from tests.bench.goals import Goal
from tests.unit.research.markets import INTERVAL_US, market

BARS, FOLDS, TRIALS = 100_000, 3, 3
# The model is not what is measured: a small one will do.
SETTINGS = Settings(rounds=5, max_depth=3)
GOAL = 0.8


def measure() -> dict[str, object]:
    """The share of Rust in trials of both kinds of labels, each the median of three."""
    source = Source("rows", "rows", market(BARS, 5, trend=1.5), "")
    evaluator = Evaluator(build_bars(source, INTERVAL_US), INTERVAL_US, FOLDS)
    print(f"A trial on {BARS:,} bars, {FOLDS} folds, without storage and model")
    goals, trials = [], []
    for kind in ("forward", "barrier"):
        parameters = Parameters(Labelling(kind), SETTINGS)  # type: ignore[arg-type]  # one of its two words
        spent = [evaluator.value(parameters, lambda *_: None).seconds for _ in range(TRIALS)]
        shares = [one.rust / (one.whole - one.model) for one in spent]
        share, own_ms = statistics.median(shares), 1e3 * min(one.whole - one.model for one in spent)
        print(f"  {kind:<10} {own_ms:>6.0f} ms, {share:.0%} of it in Rust")
        trials.append({"labels": kind, "own_ms": own_ms, "rust_shares": shares})
        goals.append(
            Goal(f"objective in Rust, {kind} labels", share, GOAL, "of its time", more_is_better=True)
        )
    return {"trials": trials, "goals": [goal.as_dict() for goal in goals]}
