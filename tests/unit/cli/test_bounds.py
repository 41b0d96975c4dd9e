"""Bounds that stand in both languages are one number."""

from __future__ import annotations

import re
from pathlib import Path

from console.cli.asking import FILLS_KEPT


def test_the_command_line_knows_how_many_fills_the_engine_keeps(repository: Path) -> None:
    source = (repository / "rust/orders/src/state.rs").read_text(encoding="utf-8")
    found = re.search(r"^const RECENT_FILLS: usize = ([\d_]+);", source, re.MULTILINE)
    assert found is not None
    assert int(found[1].replace("_", "")) == FILLS_KEPT
