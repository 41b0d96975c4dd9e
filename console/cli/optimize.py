"""`quarterdeck optimize`: search for parameters, by several processes that share one study."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from console.cli.errors import RefusedError
from console.cli.output import emit_json, json_option, say
from console.cli.research_options import commission_option, data_option, interval_option
from console.core.paths import Home

if TYPE_CHECKING:
    import optuna

    from console.research.optimize import Found, Search

# How often the progress is looked at, while workers work.
LOOK_S = 1.0


@click.command()
@data_option
@click.option(
    "--trials",
    type=click.IntRange(1),
    default=50,
    show_default=True,
    help="Finished trials the study shall have.",
)
@click.option(
    "--workers", type=click.IntRange(1), default=1, show_default=True, help="Processes on this host."
)
@click.option("--study", metavar="NAME", help="Its name; else that of the file.")
@interval_option
@click.option("--folds", type=click.IntRange(1), default=3, show_default=True, help="Of the walk-forward.")
@click.option("--rounds", type=click.IntRange(10), default=200, show_default=True, help="At most so many.")
@click.option("--seed", default=7, show_default=True, help="Of the models; each worker samples on its own.")
@commission_option
@click.option(
    "--sqlite", type=click.Path(dir_okay=False, path_type=Path), help="Keep the study in this file."
)
@json_option
def optimize(**options: Any) -> None:
    """Search label, model and strategy parameters, each trial traded walk-forward after costs.

    The last fifth of the time is left out: it stays unseen for the train and the backtest that are printed.

    The study is kept in the database that DATABASE_URL names (DATABASE_OWNER_URL, where another role makes
    tables), else in that of the running desk. The same command elsewhere, with the same address, works on the
    same study; after a crash it goes on.
    """
    import optuna

    from console.research.dataset import cost_warnings
    from console.research.optimize import Search, StudyError, fail_dead, finished, found, open_study
    from console.research.sources import SourceError, read_source

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    url = _database(options["sqlite"])
    workers = options["workers"]
    search = Search(
        study=options["study"] or Path(options["data"]).name.split(".")[0],
        data=options["data"],
        trials=options["trials"],
        interval_us=options["interval_ms"] * 1000,
        folds=options["folds"],
        rounds=options["rounds"],
        seed=options["seed"],
        commission=options["commission"],
        threads=max(1, (os.cpu_count() or 1) // workers),
    )
    try:
        source = read_source(search.data)
        for warning in cost_warnings(source):
            say(f"Mind: {warning}.")
        study = open_study(search, url, source)
        say(f"Study {search.study}: {finished(study)} of {search.trials} trials.")
        lost = _work(search, url, workers, study)
        fail_dead(study)
        for told in lost:
            say(f"Mind: {told}")
        if (done := finished(study)) < search.trials:
            raise RefusedError(f"The study has {done} of {search.trials} trials; the same command goes on.")
        best = found(study)
    except (StudyError, SourceError, OSError) as error:
        raise RefusedError(str(error)) from error
    if options["as_json"]:
        emit_json(best.to_json())
    else:
        _show(best, search)


def _work(search: Search, url: str, workers: int, study: optuna.Study) -> list[str]:
    """Let the workers work; what became of those that didn't end well."""
    from dataclasses import asdict

    from console.research.optimize import finished
    from console.research.optimize_worker import URL_VARIABLE

    # The libraries below share the cores as the sweep does.
    environment = {**os.environ, URL_VARIABLE: url, "OMP_NUM_THREADS": str(search.threads)}
    processes = []
    for _ in range(workers):
        process = subprocess.Popen(
            [sys.executable, "-m", "console.research.optimize_worker"],
            stdin=subprocess.PIPE,
            env=environment,
            text=True,
        )
        if process.stdin is None:
            raise AssertionError("a pipe was asked for")
        with process.stdin as pipe:
            pipe.write(json.dumps(asdict(search)))
        processes.append(process)
    try:
        while any(process.poll() is None for process in processes):
            for process in processes:
                if process.poll() is None:
                    try:
                        process.wait(LOOK_S / workers)
                    except subprocess.TimeoutExpired:
                        continue
            click.echo(f"\r{finished(study)}/{search.trials} trials\x1b[K", err=True, nl=False)
    except KeyboardInterrupt as error:
        for process in processes:
            process.terminate()
            process.wait()
        say("")
        raise RefusedError(
            f"Interrupted: the study keeps its {finished(study)} trials; the same command goes on."
        ) from error
    say("")
    return [
        f"worker {number} ended with {process.returncode}; its trial is given up."
        for number, process in enumerate(processes, 1)
        if process.returncode
    ]


def _database(sqlite: Path | None) -> str:
    from console.supervisor.migrate import external_urls
    from console.supervisor.postgres import OWNER, EmbeddedPostgres

    if sqlite is not None:
        return f"sqlite:///{sqlite.absolute()}"
    if url := os.environ.get("DATABASE_URL"):
        return external_urls(url).owner
    embedded = EmbeddedPostgres(Home.resolve())
    if embedded.process() is None:
        raise RefusedError(
            "There is no database for the study: set DATABASE_URL, start the desk (quarterdeck up), or keep "
            "it on this host with --sqlite FILE."
        )
    return embedded.url(OWNER)


def _show(best: Found, search: Search) -> None:
    outcome, moments = best.outcome, best.outcome["moments"]
    strategy = outcome["strategy"]
    click.echo(
        f"Best of {best.complete + best.pruned} trials ({best.pruned} pruned): trial {best.trial}, "
        f"{outcome['profit_bp']:+.1f} bp after costs in {outcome['trades']} trades over {search.folds} folds "
        f"it never saw, Sharpe ratio {moments['sharpe']:+.5f} a bar"
    )
    for name, value in (best.parameters | strategy).items():
        click.echo(f"  {name:<16}{value:.6g}" if isinstance(value, float) else f"  {name:<16}{value or '–'}")
    options = {name.replace("_", "-"): value for name, value in best.parameters.items()}
    own: dict[str, Any] = {"threshold": strategy["threshold"], "seed": search.seed}
    if search.commission:
        own["commission"] = search.commission
    told = " ".join(
        f"--{name} {value:.6g}" if isinstance(value, float) else f"--{name} {value}"
        for name, value in (options | own).items()
    )
    traded = " ".join(
        f"--{name.replace('_', '-')} {value:g}" for name, value in strategy.items() if value is not None
    )
    data = shlex.quote(search.data)
    click.echo(
        f"Train it: quarterdeck train --data {data} --version NAME "
        f"--interval-ms {search.interval_us // 1000} {told}"
    )
    click.echo(f"Trade it: quarterdeck backtest NAME --data {data} --unseen {traded}")
    click.echo("The last fifth of the time, on which both judge it, was left out of the search.")
    click.echo(
        f"Rust took {best.rust_share:.0%} of the objective's time, storage and model left out "
        f"({outcome['seconds']['whole']:.2f} s the best trial, "
        f"{outcome['seconds']['model']:.2f} s of it model)."
    )
    verdict = (
        "Mind: it is no better than luck would find among as many trials"
        if best.is_luck
        else "It is better than luck would find among as many trials"
    )
    click.echo(f"{verdict}: deflated Sharpe ratio {best.luck:.3f}, 0.95 would do.")
