"""The libraries others use, as far as they are installed: `make bench-peers` installs them all.

A peer that is missing is named in the output and left out; nothing else of the desk needs one.
"""

from __future__ import annotations

import functools
import importlib
import importlib.metadata
import warnings
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
OURS = "trading_rust"


@functools.cache
def load(name: str) -> Any:
    """The peer's module, or None where it is not installed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return importlib.import_module(MODULES[name])
    except ImportError:
        return None


@functools.cache
def version(name: str) -> str:
    """Its installed version."""
    return importlib.metadata.version(name)


def present() -> dict[str, str]:
    """The peers that are installed, with their versions."""
    return {name: version(name) for name in MODULES if load(name) is not None}


def missing() -> list[str]:
    """Those that are not."""
    return [name for name in MODULES if load(name) is None]
