"""`quarterdeck up`: start the desk and return when everything is ready."""

from __future__ import annotations

from pathlib import Path

import click

from console.cli.errors import RefusedError
from console.cli.output import say
from console.core.config import SERVICES, SystemConfig
from console.core.control import NoAnswer
from console.core.desk import ask_supervisor, is_running
from console.core.paths import Home, find_binary, find_onnxruntime
from console.supervisor.options import UpOptions

# How many times faster than it happened a replay may run.
FASTEST = 1e6


def parse_speed(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    """A number of times real speed, or "max"."""
    if value is None or value == "max":
        return value
    try:
        speed = float(value)
    except ValueError:
        speed = 0.0
    if not 0 < speed <= FASTEST:
        raise click.BadParameter(f"{value!r} is neither a positive number nor max.")
    return value


@click.command()
@click.option("--source", type=click.Choice(["sim", "replay"]), help="Where market data comes from.")
@click.option("--file", metavar="F", help="The recording to replay: CSV, gzipped CSV or Parquet.")
@click.option(
    "--speed", metavar="X|max", callback=parse_speed, help="Times real speed, or as fast as it goes."
)
@click.option("--hold", is_flag=True, help="Hold the source back until quarterdeck start.")
@click.option("--until-end", is_flag=True, help="Return when the replay has ended and settled.")
@click.option("--config", "config_file", metavar="F", help="Another system.json than the shipped one.")
@click.option("--seed", type=click.IntRange(min=0), help="The simulator's seed.")
@click.option("--rate", type=click.IntRange(min=1), help="The simulator's messages a second.")
@click.option("--skip-bad-rows", is_flag=True, help="Count malformed rows of a replay instead of stopping.")
def up(
    source: str | None,
    file: str | None,
    speed: str | None,
    hold: bool,
    until_end: bool,
    config_file: str | None,
    seed: int | None,
    rate: int | None,
    skip_bad_rows: bool,
) -> None:
    """Start the desk; returns when everything is ready."""
    home = Home.resolve()
    home.check_socket_paths()
    # A second up without a source asks for the desk that runs, whatever it was started with.
    running = is_running(home)
    config = (
        SystemConfig.in_force(home) if running and not config_file else SystemConfig(config_file, home=home)
    )
    options = UpOptions.chosen(
        config, source, file, speed=speed, hold=hold, seed=seed, rate=rate, skip_bad_rows=skip_bad_rows
    )
    explicit = any(value is not None for value in (source, file, speed, seed, rate)) or skip_bad_rows
    held = running_options(home) if running else None
    if held is not None and not explicit:
        options = held
    check_options(options, until_end=until_end)
    start_desk(home, config, options, explicit=explicit)
    if until_end:
        from console.cli.settle import wait_until_settled

        if hold:
            say("The source is held back: quarterdeck start lets it begin.")
        wait_until_settled(home)


def check_options(options: UpOptions, *, until_end: bool) -> None:
    """Refuse what can't be meant (2), and a recording that isn't there (1)."""
    if options.source == "replay":
        if options.file is None:
            raise click.UsageError("--source replay needs --file F, the recording to replay.")
        if options.seed is not None or options.rate is not None:
            raise click.UsageError("--seed and --rate are for the simulator; a recording has neither.")
        if not Path(options.file).is_file():
            raise RefusedError(f"The recording {options.file} doesn't exist: name another one with --file.")
        return
    if until_end:
        raise click.UsageError(f"--until-end needs a source that ends; {options.source} runs for ever.")
    for name, value in (("--file", options.file), ("--speed", options.speed)):
        if value is not None:
            raise click.UsageError(f"{name} is for a replay; the source is {options.source}.")
    if options.skip_bad_rows:
        raise click.UsageError(f"--skip-bad-rows is for a replay; the source is {options.source}.")


def start_desk(home: Home, config: SystemConfig, options: UpOptions, *, explicit: bool) -> None:
    """Start the desk, or say what runs. `explicit`: the source was asked for, so another is refused."""
    if is_running(home) and not _needs_supervisor(home, options, explicit=explicit):
        return
    from console.supervisor.launch import LaunchError, launch, prepare

    for service in (*SERVICES, "quarterdeck-migrate"):
        find_binary(service)
    find_onnxruntime()
    prepare(home, config)
    fresh = not is_running(home)
    try:
        launch(home, options, say)
    except LaunchError as error:
        raise RefusedError(str(error)) from error
    held_back = ", held back until quarterdeck start" if fresh and options.hold else ""
    say(f"The desk is ready: {options.describe()}{held_back}. Home: {home.root}")


def _needs_supervisor(home: Home, options: UpOptions, *, explicit: bool) -> bool:
    """True when services run but their supervisor is gone, so that a new one has to adopt them."""
    held = running_options(home)
    if explicit and held is not None and not options.same_source(held):
        raise RefusedError(
            f"The desk in {home.root} runs with {held.describe()}, not with {options.describe()}: "
            "quarterdeck down first, or use another home."
        )
    try:
        status = ask_supervisor(home, "status")["status"]
    except NoAnswer as error:
        if error.sent:
            raise
        say("The services run without their supervisor; a new one takes them over.")
        return True
    ready = [service["name"] for service in status["services"] if service["state"] in ("ready", "degraded")]
    what = held.describe() if held is not None else status["source"]["kind"]
    runs = "already runs" if status["supervisor"]["ready"] else "is already starting"
    say(f"The desk {runs} in {home.root}: {what}; ready: {', '.join(ready) or 'nothing yet'}.")
    return False


def running_options(home: Home) -> UpOptions | None:
    """What the desk that runs was started with."""
    try:
        return UpOptions.from_json((home.state / "up.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError, TypeError):
        return None
