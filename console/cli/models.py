"""`quarterdeck models`: the registry of models."""

from __future__ import annotations

from typing import Any

import click

from console.cli.errors import RefusedError
from console.cli.output import cell, emit_json, emit_rows, json_option
from console.core.paths import Home, shipped

COLUMNS = {
    "version": "version",
    "stage": "stage",
    "test": "test model",
    "created_at": "made",
    "description": "description",
}


@click.group()
def models() -> None:
    """Look at the models of the desk."""


@models.command("list")
@json_option
def list_models(as_json: bool) -> None:
    """List every model of the registry."""
    emit_rows(read_registry(), COLUMNS, as_json=as_json, empty="The registry holds no model.")


@models.command("show")
@click.argument("version")
@json_option
def show_model(version: str, as_json: bool) -> None:
    """Show all that the registry says about VERSION."""
    entry = next((held for held in read_registry() if held["version"] == version), None)
    if entry is None:
        raise RefusedError(f"The registry has no model {version!r}: quarterdeck models list shows them.")
    if as_json:
        emit_json(entry)
        return
    for key, value in entry.items():
        click.echo(f"{key:<16}{cell(value)}")


def read_registry() -> list[dict[str, Any]]:
    """The entries of the desk's own registry, of the shipped one before the first start."""
    from console.research.registry import ModelRegistry, RegistryError

    folder = Home.resolve().models
    if not (folder / "registry.json").exists():
        folder = shipped("models")
    try:
        return [entry.to_json() for entry in ModelRegistry(folder).load_registry()]
    except RegistryError as error:
        raise RefusedError(str(error)) from error
