"""The libraries others use, as far as they are installed: `make bench-peers` installs them all.

A peer that is missing is named in the output and left out; nothing else of the desk needs one.
"""

from __future__ import annotations

import functools
import importlib
import importlib.metadata
import json
import sys
import warnings
from pathlib import Path
from typing import Any

# What pip calls it, and what Python imports.
MODULES = {
    "TA-Lib": "talib",
    "newtulipy": "tulipy",
    "kand": "kand",
    "numba": "numba",
    "polars-talib": "polars_talib",
    "talipp": "talipp.indicators",
    "vectorbt": "vectorbt",
    "nautilus-trader": "nautilus_trader.indicators",
}
# In the environment of the peers: why one of them is not there.
NOTES = "missing-peers.json"


@functools.cache
def _imported(name: str) -> Any:
    """The peer's module, or what its import raised."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return importlib.import_module(MODULES[name])
    # One that doesn't fit to what else is installed may also raise these.
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        return error


def load(name: str) -> Any:
    """The peer's module, or None where it is not installed or can't be imported."""
    module = _imported(name)
    return None if isinstance(module, Exception) else module


@functools.cache
def version(name: str) -> str:
    """Its installed version."""
    return importlib.metadata.version(name)


def present() -> dict[str, str]:
    """The peers that are installed, with their versions."""
    return {name: version(name) for name in MODULES if load(name) is not None}


def missing() -> dict[str, str]:
    """Those that are not, and why: what `make bench-peers` wrote down when it tried."""
    notes = Path(sys.prefix) / NOTES
    reasons = json.loads(notes.read_text(encoding="utf-8")) if notes.exists() else {}
    return {name: reasons.get(name) or _reason(name) for name in MODULES if load(name) is None}


def _reason(name: str) -> str:
    error = _imported(name)
    if isinstance(error, ModuleNotFoundError):
        return "not installed; `make bench-peers` tries"
    return f"it can't be imported ({error})"
