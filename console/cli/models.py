"""`quarterdeck models`: the registry of models."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from console.cli.errors import RefusedError, UnknownOutcomeError, of_system
from console.cli.output import cell, emit_json, emit_rows, json_option, say, table
from console.core.desk import iso
from console.core.identity import Identity
from console.core.paths import Home, shipped

if TYPE_CHECKING:
    from console.core.drift import DriftRow
    from console.proto import messages_pb2 as pb
    from console.research.registry import ModelEntry, ModelRegistry

COLUMNS = {
    "version": "version",
    "stage": "stage",
    "test": "test model",
    "created_at": "made",
    "description": "description",
}


@click.group()
def models() -> None:
    """Look at the models of the desk, and choose which is live."""


@models.command("list")
@json_option
def list_models(as_json: bool) -> None:
    """List every model of the registry."""
    emit_rows(read_registry(), COLUMNS, as_json=as_json, empty="The registry holds no model.")


@models.command("show")
@click.argument("version")
@json_option
def show_model(version: str, as_json: bool) -> None:
    """Show all that the registry says about VERSION, and how its stage changed.

    While a desk trades on it: how far the market has drifted from its training.
    """
    with refused():
        registry = registry_to_read()
        entry = registry.get_model(version)
        history = [change.to_json() for change in registry.load_history() if change.version == version]
    from console.cli.live_model import describe_shadow, running_bridge, shadow_of

    pong = running_bridge()
    drift, beside = _drift(pong, version), shadow_of(pong, version)
    if as_json:
        told = None if drift is None else drift.to_json()
        emit_json({**entry.to_json(), "history": history, "drift": told, "shadow": beside})
        return
    click.echo("\n".join(described(entry)))
    if drift is not None:
        _show_drift(drift)
    if beside is not None:
        click.echo(f"{'beside':<16}{describe_shadow(beside)}")
    for change in history:
        why = f": {change['reason']}" if change["reason"] else ""
        click.echo(f"{change['at']}  {change['stage']}, by {change['by']}{why}")


@models.command("register")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--version", required=True, metavar="NAME", help="Its name, unique for ever.")
@click.option("--description", metavar="TEXT", help="What it is; else what the file says.")
@json_option
def register_model(file: Path, version: str, description: str | None, as_json: bool) -> None:
    """Take the ONNX FILE into the registry as a candidate."""
    with refused():
        registry = registry_to_change()
        entry = registry.register_model(file, version, created_by=operator(), description=description)
    _done(entry, f"{version} is registered as a candidate.", as_json=as_json)


@models.command("promote")
@click.argument("version")
@click.option("--reason", metavar="TEXT", default="", help="Why, for the record.")
@json_option
def promote(version: str, reason: str, as_json: bool) -> None:
    """Make VERSION live; the one before is retired, and a running desk takes it over between two ticks.

    Ends with 1 and the reason when the desk refuses it, and with 3 when the desk doesn't tell in time.
    """
    with refused():
        entry = registry_to_change().set_stage(version, "live", by=operator(), reason=reason)
    _live(entry, as_json=as_json)


@models.command("rollback")
@click.option("--reason", metavar="TEXT", default="", help="Why, for the record.")
@json_option
def rollback(reason: str, as_json: bool) -> None:
    """Take the newest promotion back: the version that was live before it is live again.

    Once more takes back the promotion before that; what was rolled back comes again by promote. Where none is
    live, the last live one comes back. Ends as promote does.
    """
    with refused():
        registry = registry_to_change()
        left, _ = registry.what_rollback_does()
        entry = registry.rollback(by=operator(), reason=reason)
    again = f"quarterdeck models promote {left}" if left else None
    if again:
        say(f"{left} is retired: {again} makes it live again.")
    say(_another(registry, entry.version))
    _live(entry, as_json=as_json, back=again)


def _another(registry: ModelRegistry, live: str) -> str:
    """What one more rollback would do; the one that was asked for is done, whatever is found here."""
    from console.research.registry import RegistryError

    try:
        _, further = registry.what_rollback_does()
    except RegistryError as error:
        return f"What another rollback would do is not known: {error}"
    return f"Another rollback goes on to {further}." if further else f"{live} has none before it."


@models.command("retire")
@click.argument("version")
@click.option("--reason", metavar="TEXT", default="", help="Why, for the record.")
@json_option
def retire(version: str, reason: str, as_json: bool) -> None:
    """Take VERSION out of use; when it is live, the desk is left without a model and its gate closes."""
    with refused():
        entry = registry_to_change().set_stage(version, "retired", by=operator(), reason=reason)
    _done(entry, f"{version} is retired.", as_json=as_json)


@models.command("shadow")
@click.argument("version", required=False)
@click.option("--off", is_flag=True, help="No candidate runs beside the live model any more.")
def shadow(version: str | None, off: bool) -> None:
    """Let the candidate VERSION run beside the live model of a desk: recorded, never traded.

    Ends with 1 and the reason when the desk refuses it.
    """
    if (version is None) is not off:
        raise click.UsageError("Name a version, or say --off.")
    from console.cli.live_model import await_shadow

    with refused():
        registry_to_change().set_shadow(version)
    click.echo(await_shadow(version))


@models.command("compare")
@click.argument("shadow_version", metavar="CANDIDATE")
@click.argument("live_version", metavar="[LIVE]", required=False)
@json_option
def compare_models(shadow_version: str, live_version: str | None, as_json: bool) -> None:
    """Show how CANDIDATE decided beside the live model on the same ticks, and the figures of both."""
    from console.cli.live_model import describe_shadow, running_bridge, shadow_of
    from console.research.comparison import compare

    with refused():
        registry = registry_to_read()
        candidate = registry.get_model(shadow_version)
        live = registry.get_model(live_version) if live_version else registry.get_latest_model("live")
        if live is None:
            raise RefusedError("No model is live: name the one to compare with.")
        found = compare(Home.resolve().state, live.version, candidate.version)
    figures = [
        {"figure": name, live.version: live.metrics.get(name), candidate.version: candidate.metrics.get(name)}
        for name in ("accuracy", "log_loss", "calibration_error", "samples")
    ]
    beside = shadow_of(running_bridge(), candidate.version)
    if as_json:
        emit_json({**found.to_json(), "metrics": figures, "shadow": beside})
        return
    if beside is not None:
        click.echo(f"on the desk now: {describe_shadow(beside)}")
    click.echo(f"{found.bars:,} bars, {iso(found.first_us)} to {iso(found.last_us)}")
    click.echo(f"  decided alike            {found.agreement:>9.2%}")
    largest = f"{found.largest_difference:.4f} at most"
    click.echo(f"  probabilities differ by  {found.mean_difference:>9.4f} on average, {largest}")
    for pair, count in found.decisions.items():
        click.echo(f"  {pair:<24} {count:>9,}")
    click.echo(table(figures, {name: name for name in figures[0]}))


@models.command("verify")
@json_option
def verify(as_json: bool) -> None:
    """Check every file against the registry: present, unchanged, and giving what it was trained to give.

    The live model and the candidates must fit the desk's features and bars as well. Ends with 1 when one
    doesn't pass.
    """
    with refused():
        registry = registry_to_read()
        wrong = registry.verify()
        versions = [entry.version for entry in registry.load_registry()]
    rows = [{"version": name, "sound": name not in wrong, "reason": wrong.get(name, "")} for name in versions]
    emit_rows(
        rows,
        {"version": "version", "sound": "sound", "reason": "reason"},
        as_json=as_json,
        empty="The registry holds no model.",
    )
    if wrong:
        raise RefusedError(f"{len(wrong)} of {len(versions)} models didn't pass.")


def _done(entry: ModelEntry, told: str, *, as_json: bool) -> None:
    if as_json:
        emit_json(entry.to_json())
    else:
        click.echo(told)


def _live(entry: ModelEntry, *, as_json: bool, back: str | None = "quarterdeck models rollback") -> None:
    """Ends with what the desk makes of it; `back` is the command that puts the registry back."""
    from console.cli.live_model import await_live

    try:
        told = await_live(entry.version, back)
    except KeyboardInterrupt as error:
        raise UnknownOutcomeError(
            f"Interrupted: {entry.version} is live in the registry; quarterdeck status shows what the desk "
            "trades on."
        ) from error
    if as_json:
        emit_json({**entry.to_json(), "desk": told})
    else:
        click.echo(told)


def _drift(pong: pb.Pong | None, version: str) -> DriftRow | None:
    """That of `version`, where a desk runs that trades on it."""
    from console.core.drift import drift_of

    found = None if pong is None else drift_of(pong)
    return found if found is not None and found.version == version else None


def _show_drift(drift: DriftRow) -> None:
    from console.core.drift import SOME, STRONG

    click.echo(f"drift           over {drift.bars:,} bars; from {SOME:g} on some, above {STRONG:g} strong")
    if not drift.known:
        click.echo(f"    {drift.describe().removeprefix('drift: ')}")
        return
    for name, index in drift.features:
        mark = "  strong" if index > STRONG else "  some" if index >= SOME else ""
        click.echo(f"    {name:<36}{index:.4f}{mark}")


def described(entry: ModelEntry) -> Iterator[str]:
    """What the registry says of a model, in lines; bins and golden rows are for programs."""
    for key, value in entry.to_json().items():
        if key in ("feature_bins", "golden"):
            continue
        if isinstance(value, dict):
            yield key
            for name, inner in value.items():
                yield from _lines(f"    {name:<36}", name, inner)
        else:
            yield from _lines(f"{key:<16}", key, value)


def _lines(begin: str, name: str, value: object) -> Iterator[str]:
    """A figure beside its name; figures of several things below it, a line each."""
    if isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
        yield begin.rstrip()
        for one in value:
            yield f"        {cell(one)}"
    elif isinstance(value, list):
        yield f"{begin}{', '.join(cell(one) for one in value) or cell(None)}"
    elif isinstance(value, dict) and name.endswith("_us"):
        yield f"{begin}{cell({key: iso(held) for key, held in value.items()})}"
    else:
        yield f"{begin}{cell(value)}"


def operator() -> str:
    """Who changes the registry."""
    who = Identity.current()
    return f"{who.operator}@{who.host}"


@contextmanager
def refused() -> Iterator[None]:
    """What the registry, or the disk under it, refuses ends the command with that sentence."""
    from console.research.registry import RegistryError

    try:
        yield
    except RegistryError as error:
        raise RefusedError(str(error)) from error
    except OSError as error:
        raise RefusedError(f"{of_system(error, 'the registry')}; the registry is as it was.") from error


def registry_to_read() -> ModelRegistry:
    """The desk's own registry; the shipped one before the first start."""
    from console.research.registry import ModelRegistry

    home = Home.resolve()
    folder = home.models
    held = folder if (folder / "registry.json").exists() else shipped("models")
    return ModelRegistry(held, bar_interval_us=_bar_interval_us(home))


def registry_to_change() -> ModelRegistry:
    """The desk's own registry, seeded from the shipped models as at the first start."""
    from console.research.registry import ModelRegistry
    from console.supervisor.environment import seed_models

    home = Home.resolve()
    home.prepare()
    seed_models(home)
    return ModelRegistry(home.models, bar_interval_us=_bar_interval_us(home))


def _bar_interval_us(home: Home) -> int | None:
    """The bars of the desk; None where its configuration doesn't say."""
    from console.core.config import SystemConfig

    length = SystemConfig.in_force(home).section("signal").get("bar_interval_ms")
    return length * 1000 if isinstance(length, int) else None


def read_registry() -> list[dict[str, Any]]:
    """The entries of the desk's registry."""
    with refused():
        return [entry.to_json() for entry in registry_to_read().load_registry()]
