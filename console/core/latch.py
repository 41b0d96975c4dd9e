"""The kill latch of a service as it lies on disk, for the moment no service answers.

4096 bytes: JSON, padded with spaces, closed by a newline. It is written in place, because the space is
there also on a full disk. Anything that can't be read counts as killed.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from console.core.paths import Home

LATCH_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Latch:
    """What is killed: the desk, or single symbols. `entries` is the JSON as it stands in the file."""

    desk: bool
    symbols: tuple[str, ...]
    entries: dict[str, Any]


def latch_file(home: Home, service: str) -> Path:
    """Where `service` keeps its latch."""
    return home.state / f"{service}.latch"


def read_latch(home: Home, service: str) -> Latch | None:
    """The latch on disk; None when the service never ran here."""
    path = latch_file(home, service)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        state = content["state"]
        if state == "armed":
            return Latch(desk=False, symbols=(), entries={})
        if state == "killed":
            symbols = tuple(sorted(content.get("symbols") or {}))
            desk = content.get("desk") is not None
            # A killed state that names nothing is damage, and damage counts as killed.
            return Latch(desk=desk or not symbols, symbols=symbols, entries=content)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Latch(desk=True, symbols=(), entries={})
    return Latch(desk=True, symbols=(), entries={})


def write_latch(home: Home, service: str, entry: dict[str, Any], symbol: str = "") -> None:
    """Latch the desk, or `symbol`, beside what is latched already.

    `entry` has command_id, at_us, operator and reason.
    """
    held = read_latch(home, service)
    content: dict[str, Any] = {"state": "killed", "desk": None, "symbols": {}}
    if held is not None and held.entries:
        content["desk"] = held.entries.get("desk")
        content["symbols"] = dict(held.entries.get("symbols") or {})
    elif held is not None and held.desk:
        content["desk"] = entry
    if symbol:
        content["symbols"][symbol] = entry
    else:
        content["desk"] = entry
    text = json.dumps(content, separators=(",", ":")).encode()
    if len(text) > LATCH_BYTES - 1:
        # Too many symbols to name: the whole desk is the safe reading.
        text = json.dumps(
            {"state": "killed", "desk": {**entry, "reason": entry["reason"][:200]}, "symbols": {}}
        ).encode()
    # Also a desk that never ran here must come up killed.
    home.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(latch_file(home, service), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        os.pwrite(handle, text.ljust(LATCH_BYTES - 1) + b"\n", 0)
        os.fsync(handle)
    finally:
        os.close(handle)
