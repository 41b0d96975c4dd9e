"""A search over label, model and strategy parameters that several processes, on several hosts, share.

The study lives in a database. Workers take trials from it until it has as many as were asked for; a trial
that does badly in its first folds is pruned. A trial whose worker died is failed when the next one starts: at
once where the process can be seen to be gone, else when its heartbeat has been silent for a minute.
"""

from __future__ import annotations

import hashlib
import os
import socket
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import optuna
import sqlalchemy
from optuna.trial import FrozenTrial, Trial, TrialState

from console.core.processes import ProcessRecord
from console.research.dataset import SymbolBars, build_bars, build_dataset
from console.research.frameworks.common import Settings, TrainingError
from console.research.labels import Labelling
from console.research.leakage import check_causal
from console.research.optimize_luck import CONFIDENCE, Moments, deflated_sharpe
from console.research.sources import Source, SourceError, read_source
from console.research.splits import SHARES, unseen_from_us

if TYPE_CHECKING:
    from console.research.optimize_objective import Parameters

HEARTBEAT_S = 10
SILENT_S = 60
# Trials before the first is pruned, so that the median means something.
STARTUP_TRIALS = 5
SCHEMA = "research"
FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)
# Bars a label may look ahead.
HORIZONS = (5, 200)


class StudyError(RuntimeError):
    """The study can't be used; the sentence says why and what to do."""


@dataclass(frozen=True)
class Search:
    """What is searched, until the study holds `trials` that are finished.

    `rounds`: at most so many. `seed` is that of the models; a worker's sampler adds its host and process.
    """

    study: str
    data: str
    trials: int
    interval_us: int
    folds: int = 3
    rounds: int = 200
    seed: int = 7
    threads: int = 1
    commission: float = 0.0


@dataclass(frozen=True)
class Found:
    """The best so far. `luck` is its deflated Sharpe ratio; `rust_share` that of the time of all whole
    trials, storage and model left out."""

    trial: int
    parameters: dict[str, Any]
    outcome: dict[str, Any]
    complete: int
    pruned: int
    luck: float
    rust_share: float

    @property
    def is_luck(self) -> bool:
        """It is no better than the best of as many worthless trials would be."""
        return self.luck < CONFIDENCE

    def to_json(self) -> dict[str, Any]:
        """For scripts."""
        return asdict(self) | {"is_luck": self.is_luck}


def open_study(search: Search, url: str, source: Source | None = None) -> optuna.Study:
    """The study of this name in the database at `url`, made if it is new.

    `source` is the data, where it was read already. Trials of dead workers are failed. Raises `SourceError`,
    and `StudyError` when the database refuses, or when the study is one of other data.
    """
    source = source or read_source(search.data)
    try:
        study = optuna.create_study(
            study_name=search.study,
            storage=_storage(url),
            direction="maximize",
            load_if_exists=True,
            # Many workers at once: trials that run count as bad ones, so that they don't all try the same.
            sampler=optuna.samplers.TPESampler(seed=_sampler_seed(search.seed), constant_liar=True),
            pruner=optuna.pruners.MedianPruner(n_startup_trials=STARTUP_TRIALS),
        )
        told = {
            "sha256": source.sha256,
            "interval_us": search.interval_us,
            "folds": search.folds,
            "commission": search.commission,
            "held_back": SHARES[-1],
        }
        held = study.user_attrs.get("search")
        if held is None:
            study.set_user_attr("search", told)
        elif "held_back" not in held:
            raise StudyError(
                f"the study {search.study} is one of an older version, whose trials saw all of the data: "
                "nothing would be left that the best never saw; choose another name with --study"
            )
        elif held != told:
            other = ", ".join(name for name in told if held.get(name) != told[name])
            raise StudyError(
                f"the study {search.study} was begun on another {other}: its trials can't be compared; "
                "choose another name with --study"
            )
        fail_dead(study)
    except (sqlalchemy.exc.SQLAlchemyError, optuna.exceptions.StorageInternalError) as error:
        raise StudyError(f"the database of the study refused: {_reason(error)}") from error
    return study


def work(search: Search, url: str) -> None:
    """Try parameters until the study has enough. Raises `SourceError`, `LeakageError`, `StudyError`."""
    source = read_source(search.data)
    study = open_study(search, url, source)
    if finished(study) >= search.trials:
        return
    bars = before_the_test(build_bars(source, search.interval_us, search.commission), search.interval_us)
    check_causal(bars)
    objective = _objective(search, bars)
    try:
        study.optimize(objective, callbacks=[optuna.study.MaxTrialsCallback(search.trials, states=FINISHED)])
    except (sqlalchemy.exc.SQLAlchemyError, optuna.exceptions.StorageInternalError) as error:
        raise StudyError(f"the database of the study went away: {_reason(error)}") from error


def before_the_test(bars: list[SymbolBars], interval_us: int) -> list[SymbolBars]:
    """The bars that closed before `train` begins its test, with whatever horizon it trains.

    All of them where no horizon leaves a sample; no trial can be trained then.
    """
    begins = []
    # Where breaks are many, another horizon than the longest may have the earliest test.
    for horizon in np.geomspace(*HORIZONS, 6).round():
        try:
            begins.append(unseen_from_us(build_dataset(bars, int(horizon), interval_us)))
        except SourceError:
            continue
    if not begins:
        return bars
    parts = [one.take(one.closed_us < min(begins)) for one in bars]
    return [part for part in parts if len(part)]


def finished(study: optuna.Study) -> int:
    """How many trials are done, pruned ones among them."""
    return len(study.get_trials(deepcopy=False, states=FINISHED))


def fail_dead(study: optuna.Study) -> int:
    """Fail the running trials whose process on this host is gone; how many."""
    dead = [
        trial
        for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
        if (worker := trial.user_attrs.get("worker"))
        and worker["host"] == socket.gethostname()
        and not ProcessRecord(**worker["process"]).alive()
    ]
    for trial in dead:
        study.tell(trial.number, state=TrialState.FAIL, skip_if_finished=True)
    return len(dead)


def found(study: optuna.Study) -> Found:
    """The best of the study. Raises `StudyError` when no trial went to its end."""
    trials = study.get_trials(deepcopy=False, states=FINISHED)
    complete = [trial for trial in trials if trial.state is TrialState.COMPLETE]
    if not complete:
        reasons = {str(trial.user_attrs["refused"]) for trial in trials if "refused" in trial.user_attrs}
        raise StudyError(f"no trial of {study.study_name} went to its end. {' '.join(sorted(reasons)[:1])}")
    best = max(complete, key=lambda trial: trial.value or 0.0)
    outcome = best.user_attrs["outcome"]
    sharpes = [ratio for trial in trials if (ratio := _last(trial)) is not None]
    mean = sum(sharpes) / len(sharpes)
    variance = sum((ratio - mean) ** 2 for ratio in sharpes) / max(1, len(sharpes) - 1)
    seconds = [trial.user_attrs["outcome"]["seconds"] for trial in complete]
    own = sum(one["whole"] - one["model"] for one in seconds)
    return Found(
        trial=best.number,
        parameters=dict(best.params),
        outcome=outcome,
        complete=len(complete),
        pruned=len(trials) - len(complete),
        luck=deflated_sharpe(Moments(**outcome["moments"]), len(sharpes), variance),
        rust_share=sum(one["rust"] for one in seconds) / own if own else 0.0,
    )


def _objective(search: Search, bars: Sequence[SymbolBars]) -> Any:
    # XGBoost takes long to load; whoever only looks at a study needs none.
    from console.research.optimize_objective import Evaluator

    evaluator = Evaluator(bars, search.interval_us, search.folds, search.threads)

    def objective(trial: Trial) -> float:
        process = ProcessRecord.of("worker", os.getpid())
        if process is not None:
            # In one write: a worker that dies after it is known to have died.
            trial.set_user_attr("worker", {"host": socket.gethostname(), "process": asdict(process)})

        def on_fold(number: int, sharpe: float) -> None:
            trial.report(sharpe, number)
            if number + 1 < search.folds and trial.should_prune():
                raise optuna.TrialPruned

        try:
            outcome = evaluator.value(suggest(trial, search), on_fold)
        except (SourceError, TrainingError) as error:
            # These parameters ask for what the data can't give; others may not.
            trial.set_user_attr("refused", str(error))
            raise optuna.TrialPruned(str(error)) from error
        trial.set_user_attr("outcome", outcome.to_json())
        return outcome.moments.sharpe

    return objective


def suggest(trial: Trial, search: Search) -> Parameters:
    """The next point of the search."""
    from console.research.optimize_objective import PATIENCE, Parameters

    kind = trial.suggest_categorical("labels", ["forward", "barrier"])
    width = trial.suggest_float("width", 0.5, 3.0) if kind == "barrier" else 1.0
    return Parameters(
        Labelling(kind, trial.suggest_int("horizon", *HORIZONS, log=True), width),  # type: ignore[arg-type]
        Settings(
            seed=search.seed,
            rounds=trial.suggest_int("rounds", 10, search.rounds, log=True),
            patience=PATIENCE,
            learning_rate=trial.suggest_float("learning_rate", 0.01, 0.3, log=True),
            max_depth=trial.suggest_int("max_depth", 2, 8),
        ),
    )


def _sampler_seed(seed: int) -> int:
    """Samplers of one seed would all begin with the same trials, on this host as on another."""
    place = f"{seed} {socket.gethostname()} {os.getpid()}"
    return int.from_bytes(hashlib.sha256(place.encode()).digest()[:4])


def _storage(url: str) -> optuna.storages.RDBStorage:
    address = sqlalchemy.make_url(url)
    if address.get_backend_name() in ("postgresql", "postgres"):
        _make_schema(url)
        # A schema of its own, so that the desk's tables and the study's never meet.
        address = address.set(drivername="postgresql+psycopg2").update_query_dict(
            {"options": f"-csearch_path={SCHEMA}"}
        )
    with warnings.catch_warnings():
        # Optuna marks its heartbeat as something that may still change.
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        return optuna.storages.RDBStorage(
            address.render_as_string(hide_password=False),
            heartbeat_interval=HEARTBEAT_S,
            grace_period=SILENT_S,
        )


def _make_schema(url: str) -> None:
    import psycopg2

    try:
        with psycopg2.connect(url) as connection, connection.cursor() as cursor:
            # Two workers that begin at once would both make it.
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('quarterdeck research'))")
            cursor.execute(f"SELECT 1 FROM pg_namespace WHERE nspname = '{SCHEMA}'")
            if cursor.fetchone() is None:
                cursor.execute(f"CREATE SCHEMA {SCHEMA}")
    except psycopg2.errors.InsufficientPrivilege as error:
        raise StudyError(
            f"the role of DATABASE_URL may not make the schema {SCHEMA}: name a role that may in "
            "DATABASE_OWNER_URL"
        ) from error
    except psycopg2.Error as error:
        raise StudyError(f"the database of the study doesn't answer: {str(error).strip()}") from error


def _last(trial: FrozenTrial) -> float | None:
    if trial.state is TrialState.COMPLETE:
        return trial.value
    step = trial.last_step
    return None if step is None else trial.intermediate_values[step]


def _reason(error: Exception) -> str:
    """The first line of what a library said."""
    return str(error.__cause__ or error).strip().splitlines()[0]
