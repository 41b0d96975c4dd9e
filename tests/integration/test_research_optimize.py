"""A study in PostgreSQL that two processes share: one is killed, and the same command goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from optuna import Study
from optuna.trial import FrozenTrial, TrialState

from console.research.optimize import Search, finished, open_study
from console.supervisor.migrate import DatabaseUrls
from tests.desk import wait_for
from tests.unit.research.markets import INTERVAL_US, market

TRIALS = 6


def running(study: Study) -> list[FrozenTrial]:
    """The trials under way whose worker has said who it is."""
    trials = study.get_trials(states=(TrialState.RUNNING,))
    return [trial for trial in trials if "worker" in trial.user_attrs]


@pytest.mark.timeout(400)
def test_a_killed_worker_costs_its_trial_and_nothing_else(
    empty_database: Callable[[], DatabaseUrls], tmp_path: Path, repository: Path
) -> None:
    data = tmp_path / "market.csv"
    market(2_000, 5, trend=1.5).to_csv(data, index=False)
    url = empty_database().owner
    arguments = [
        sys.executable, "-m", "console.cli", "optimize", "--data", str(data), "--study", "shared",
        "--rounds", "10", "--folds", "1",
    ]  # fmt: skip
    environment = {**os.environ, "DATABASE_URL": url}
    environment.pop("DATABASE_OWNER_URL", None)
    study = open_study(Search("shared", str(data), TRIALS, INTERVAL_US, folds=1), url)
    # Much of what a sampler tries is refused; the workers begin with these, which go to their end.
    for learning_rate in np.linspace(0.05, 0.2, TRIALS):
        tried = {"labels": "forward", "horizon": 20, "rounds": 10, "max_depth": 3}
        study.enqueue_trial(tried | {"learning_rate": float(learning_rate)})
    # Far more than it will get to: what is begun is killed.
    first = subprocess.Popen(
        [*arguments, "--workers", "2", "--trials", "10000"],
        cwd=repository,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )

    def at_work() -> list[int]:
        assert first.poll() is None, first.communicate()
        return [trial.user_attrs["worker"]["process"]["pid"] for trial in running(study)]

    def killed_at_work() -> bool:
        """A worker that is stopped first, so that it can't end its trial meanwhile."""
        for pid in at_work()[:1]:
            os.kill(pid, signal.SIGSTOP)
            if pid in at_work():
                os.kill(pid, signal.SIGKILL)
                return True
            os.kill(pid, signal.SIGCONT)
        return False

    try:
        wait_for(lambda: len(set(at_work())) == 2, "two workers", 150)
        wait_for(killed_at_work, "a worker at work", 60)
        wait_for(lambda: finished(study) >= 1, "a trial of the other worker", 150)
        first.send_signal(signal.SIGINT)
        _, told = first.communicate(timeout=60)
    finally:
        first.kill()
        first.wait()
    assert first.returncode == 1
    assert "the same command goes on" in told
    held = finished(study)

    done = subprocess.run(
        [*arguments, "--trials", str(held + 1)],
        cwd=repository,
        env=environment,
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert f"Study shared: {held} of {held + 1} trials." in done.stderr
    assert "deflated Sharpe ratio" in done.stdout
    assert "quarterdeck train" in done.stdout
    # One that was killed before it had written down who it is waits for the end of its heartbeat.
    assert not running(study)
    assert study.get_trials(states=(TrialState.FAIL,))
    assert finished(study) == held + 1
