"""What a command says before it is sent."""

from __future__ import annotations

import pytest

from console.core.commands import Intent, Kind
from console.core.preview import preview
from tests.unit.ui.frames import frame


@pytest.mark.parametrize(("symbol", "where"), [("", "the whole desk"), ("ALFA", "ALFA")])
def test_a_rearm_names_its_scope_and_what_it_leaves(symbol: str, where: str) -> None:
    told = preview(Intent(Kind.REARM, symbol, reason="checked"), frame())
    assert f"the kill of {where}" in told.touches
    assert f"leaves {where} paused" in told.touches
    assert "only after resume" in told.leaves
