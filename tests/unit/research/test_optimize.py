"""Luck by hand, the objective on a market that can be foretold, and a study that outlives its workers."""

from __future__ import annotations

import math
import os
import socket
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pandas as pd
import pytest
import trading_rust
from click.testing import CliRunner
from optuna.trial import TrialState

from console.cli.optimize import _show as show
from console.cli.optimize import optimize as command
from console.core.processes import ProcessRecord
from console.research import optimize as optimizing
from console.research.dataset import SymbolBars, build_bars, build_dataset
from console.research.frameworks.common import Settings
from console.research.labels import Labelling
from console.research.optimize import (
    STARTUP_TRIALS,
    Search,
    StudyError,
    before_the_test,
    fail_dead,
    finished,
    found,
    open_study,
    suggest,
    work,
)
from console.research.optimize_luck import Moments, deflated_sharpe, expected_maximum, moments_of
from console.research.optimize_objective import EXITS, THRESHOLDS, Evaluator, Parameters
from console.research.sources import Source, read_source
from console.research.splits import embargo_us, split_by_time
from tests.unit.research.markets import INTERVAL_US, market


def test_the_example_of_the_paper() -> None:
    """Bailey and López de Prado work it out: 100 trials, five years of days, 2.5 a year: 0.9004."""
    variance = 0.5 / 250
    assert expected_maximum(100, variance) == pytest.approx(0.1132, abs=5e-5)
    best = Moments(observations=1250, sharpe=2.5 / math.sqrt(250), skewness=-3, kurtosis=10)
    assert deflated_sharpe(best, 100, variance) == pytest.approx(0.9004, abs=5e-5)


def test_one_trial_needs_no_luck_and_more_trials_need_more() -> None:
    best = Moments(1_000, 0.05, 0.0, 3.0)
    chances = [deflated_sharpe(best, trials, 0.001) for trials in (1, 10, 100, 1_000)]
    assert chances == sorted(chances, reverse=True)
    assert expected_maximum(1, 0.001) == 0.0
    # With normal returns and one trial it is the t test of the mean.
    assert chances[0] == pytest.approx(0.9428, abs=1e-3)


def test_moments_by_hand() -> None:
    made = moments_of(np.array([1.0, 1.0, 1.0, 5.0]))
    assert made.sharpe == pytest.approx(1)
    assert made.skewness == pytest.approx(24 / 4 / math.sqrt(3) ** 3)
    assert made.kurtosis == pytest.approx((3 + 81) / 4 / 9)
    assert moments_of(np.zeros(4)) == Moments(4, 0.0, 0.0, 3.0)


def test_the_objective_trades_every_fold_and_is_pruned_between_them() -> None:
    bars = build_bars(Source("rows", "rows", market(5_000, 5, trend=1.5), ""), INTERVAL_US)
    parameters = Parameters(Labelling(horizon=20), Settings(rounds=8, max_depth=3))
    told: list[tuple[int, float]] = []
    outcome = Evaluator(bars, INTERVAL_US, 3).value(parameters, lambda *one: told.append(one))
    assert [number for number, _ in told] == [0, 1, 2]
    assert told[-1][1] == outcome.moments.sharpe
    assert outcome.moments.sharpe > 0
    assert outcome.trades > 0
    assert outcome.strategy.threshold in THRESHOLDS
    assert outcome.strategy.stop_loss in EXITS
    assert 0 < outcome.seconds.rust < outcome.seconds.whole
    # Three of five parts of the time are traded, without the embargoes.
    assert 2_500 < outcome.moments.observations < 3_000

    def stop(number: int, sharpe: float) -> None:
        raise optuna.TrialPruned

    with pytest.raises(optuna.TrialPruned):
        Evaluator(bars, INTERVAL_US, 3).value(parameters, stop)


def test_a_strategy_is_chosen_at_the_quotes_it_is_traded_at(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = market(2_000, 5, trend=1.5)
    rows.loc[1_000:, "ask"] += 0.02
    told: list[dict[str, Any]] = []
    sweep = trading_rust.sweep

    def spy(*given: Any, **named: Any) -> Any:
        told.append(named)
        return sweep(*given, **named)

    monkeypatch.setattr(trading_rust, "sweep", spy)
    bars = build_bars(Source("rows", "rows", rows, ""), INTERVAL_US)
    parameters = Parameters(Labelling(horizon=20), Settings(rounds=8, max_depth=3))
    Evaluator(bars, INTERVAL_US, 1).value(parameters, lambda *_: None)
    [named] = told
    # Of the part it is chosen on, the second half is twice as dear.
    assert set(np.round(named["asks"] - named["bids"], 6)) == {0.02, 0.04}


def test_bars_that_tell_no_spread_are_warned_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.cli.optimize._work", lambda *_: [])
    rows = market(1_500, 5, trend=1.5)
    prices = dict.fromkeys(("open", "high", "low", "close"), rows["bid"])
    bars = rows[["symbol", "volume"]].assign(start_us=rows["timestamp_us"], **prices)
    bars.to_csv(tmp_path / "bars.csv", index=False)
    study = ["--sqlite", str(tmp_path / "study.db")]
    done = CliRunner().invoke(command, ["--data", str(tmp_path / "bars.csv"), *study])
    assert "Mind: these bars have no spread" in done.output, done.output


@pytest.fixture
def search(tmp_path: Path) -> Search:
    data = tmp_path / "market.csv"
    market(1_500, 5, trend=1.5).to_csv(data, index=False)
    return Search("sought", str(data), trials=2, interval_us=INTERVAL_US)


def test_a_trial_of_a_dead_worker_is_failed_and_one_of_a_living_is_not(
    search: Search, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path}/study.db"
    study = open_study(search, url)
    ended = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    processes = [ProcessRecord.of("worker", ended.pid), ProcessRecord.of("worker", os.getpid())]
    ended.kill()
    ended.wait()
    for process in processes:
        assert process is not None
        trial = study.ask()
        trial.set_user_attr("worker", {"host": socket.gethostname(), "process": asdict(process)})
    open_study(search, url)
    assert [trial.state for trial in study.get_trials()] == [TrialState.FAIL, TrialState.RUNNING]
    assert fail_dead(study) == 0


def test_a_worker_says_who_it_is_in_one_write_before_it_works(
    search: Search, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str, Any]] = []
    write = optuna.trial.Trial.set_user_attr

    def spy(trial: optuna.trial.Trial, key: str, value: Any) -> None:
        told.append((key, value))
        write(trial, key, value)

    def end(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(optuna.trial.Trial, "set_user_attr", spy)
    monkeypatch.setattr("console.research.optimize.suggest", end)
    with pytest.raises(KeyboardInterrupt):
        work(search, f"sqlite:///{tmp_path}/study.db")
    # Of two writes, a worker that dies between them would leave a trial that nobody fails.
    [(key, worker)] = told
    assert (key, worker["host"]) == ("worker", socket.gethostname())
    process = ProcessRecord(**worker["process"])
    assert process.pid == os.getpid()
    assert process.alive()


def test_a_worker_on_another_host_begins_with_other_trials(
    search: Search, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = []
    for host in ("here", "there"):
        monkeypatch.setattr(socket, "gethostname", lambda host=host: host)
        begun.append(suggest(open_study(search, f"sqlite:///{tmp_path}/{host}.db").ask(), search))
    assert begun[0] != begun[1]
    assert begun[0].settings.seed == begun[1].settings.seed == search.seed


def test_a_trial_that_does_badly_in_its_first_fold_is_pruned(
    search: Search, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Much of what a sampler tries is refused before its first fold.
    tried = Parameters(Labelling("barrier", 14), Settings(rounds=10, max_depth=2))
    monkeypatch.setattr("console.research.optimize.suggest", lambda *_: tried)
    url = f"sqlite:///{tmp_path}/study.db"
    study = open_study(search, url)
    for _ in range(STARTUP_TRIALS):
        # Better than any market allows.
        study.add_trial(
            optuna.trial.create_trial(value=9.0, intermediate_values=dict.fromkeys(range(3), 9.0))
        )
    work(replace(search, trials=STARTUP_TRIALS + 1, rounds=10), url)
    last = study.get_trials()[-1]
    assert (last.state, last.last_step) == (TrialState.PRUNED, 0)
    assert "refused" not in last.user_attrs
    assert finished(study) == STARTUP_TRIALS + 1


def test_the_best_of_a_market_that_cannot_be_foretold_is_said_to_be_luck(
    search: Search, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("console.research.optimize._sampler_seed", lambda seed: seed)
    market(1_500, 3, trend=0.0).to_csv(search.data, index=False)
    noise = replace(search, trials=2, folds=1, rounds=10)
    url = f"sqlite:///{tmp_path}/study.db"
    work(noise, url)
    best = found(open_study(noise, url))
    assert best.is_luck
    show(best, noise)
    told = capsys.readouterr().out
    assert "Mind: it is no better than luck would find" in told
    [train] = [line for line in told.splitlines() if line.startswith("Train it: ")]
    assert f"--data {search.data} --version NAME --interval-ms 250 --labels" in train
    [trade] = [line for line in told.splitlines() if line.startswith("Trade it: ")]
    for name, value in best.outcome["strategy"].items():
        option = f"--{name.replace('_', '-')} "
        assert (option in trade) == (value is not None)
        assert value is None or f"{option}{value:g}" in trade


def with_breaks(bars: int) -> pd.DataFrame:
    """Short runs of bars first, which a long horizon loses, then longer and longer ones."""
    rows = market(bars, 5, trend=1.5)
    gaps = np.zeros(bars, dtype=np.int64)
    ends = np.cumsum(np.arange(100, bars, 60))
    gaps[ends[ends < bars]] = 3_600_000_000
    return rows.assign(timestamp_us=rows["timestamp_us"] + np.cumsum(gaps))


@pytest.mark.parametrize("rows", [market(3_000, 5, trend=1.5), with_breaks(3_000)], ids=["whole", "breaks"])
def test_no_trial_sees_what_is_unseen_afterwards_whatever_its_horizon(rows: pd.DataFrame) -> None:
    bars = build_bars(Source("rows", "rows", rows, ""), INTERVAL_US)
    [searched] = before_the_test(bars, INTERVAL_US)
    for horizon in (5, 8, 40, 120, 200):
        data = build_dataset(bars, horizon, INTERVAL_US)
        test = split_by_time(data, embargo_us(INTERVAL_US)).test
        assert searched.closed_us[-1] < data.closed_us[test[0]]
    # And no more is held back than that.
    assert len(searched) > 0.7 * len(bars[0])


def test_the_search_is_given_what_comes_before_the_test(
    search: Search, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = []

    class Enough(Exception):  # noqa: N818 (it ends the work, and is no error)
        pass

    def objective(_: Search, bars: list[SymbolBars]) -> None:
        given.extend(bars)
        raise Enough

    monkeypatch.setattr(optimizing, "_objective", objective)
    with pytest.raises(Enough):
        work(search, f"sqlite:///{tmp_path}/study.db")
    [one] = before_the_test(build_bars(read_source(search.data), INTERVAL_US), INTERVAL_US)
    assert [list(bars.closed_us) for bars in given] == [list(one.closed_us)]


def test_a_study_whose_trials_saw_all_of_the_data_is_not_gone_on_with(search: Search, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/study.db"
    study = open_study(search, url)
    held = study.user_attrs["search"]
    del held["held_back"], held["commission"]
    study.set_user_attr("search", held)
    with pytest.raises(StudyError, match="an older version, whose trials saw all of the data"):
        open_study(search, url)


def test_a_study_of_other_data_is_not_mixed_with(search: Search, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/study.db"
    open_study(search, url)
    market(1_500, 6, trend=1.5).to_csv(search.data, index=False)
    with pytest.raises(StudyError, match="another sha256"):
        open_study(search, url)


def test_without_a_database_it_is_refused_with_the_remedy(
    search: Search, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("QUARTERDECK_HOME", str(tmp_path / "home"))
    done = CliRunner().invoke(command, ["--data", search.data, "--trials", "1"])
    assert done.exit_code == 1
    assert "set DATABASE_URL, start the desk (quarterdeck up)" in done.output
