"""What the services are started with: binaries, flags, environment."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from console.core.paths import HOME_VARIABLE, Home, find_binary, find_onnxruntime, shipped

# The services that project into the database; the others never learn its address.
STORING = ("execution-engine", "risk-manager")

# In the order they start; `down` stops them the other way round.
START_ORDER = ("market-data", "paper-venue", "execution-engine", "risk-manager", "signal-bridge")


def command_line(service: str, home: Home, extra: list[str]) -> list[str | Path]:
    """The program and flags of a service."""
    return [find_binary(service), "--home", home.root, "--config", home.system_config, *extra]


def environment(service: str, home: Home, database_url: str | None) -> dict[str, str]:
    """The environment of `service`: the home, where ONNX Runtime lies, and the database if it needs one."""
    variables = dict(os.environ)
    for secret in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        variables.pop(secret, None)
    variables[HOME_VARIABLE] = str(home.root)
    variables["ORT_DYLIB_PATH"] = str(find_onnxruntime())
    if database_url is not None and service in STORING:
        variables["DATABASE_URL"] = database_url
    return variables


def seed_models(home: Home) -> None:
    """Copy the shipped models a home doesn't have yet; what is there is the desk's own and stays."""
    source = shipped("models")
    if not source.is_dir():
        return
    wanted = [path for path in source.iterdir() if path.suffix == ".onnx" or path.name == "registry.json"]
    # The registry names the files: it comes last, so that it never points at one that isn't there yet.
    for path in sorted(wanted, key=lambda path: path.name == "registry.json"):
        target = home.models / path.name
        if not target.exists():
            shutil.copy2(path, target)
