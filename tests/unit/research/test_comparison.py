"""A candidate's record against its live model, and a last line that is half written."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.research.comparison import compare
from console.research.entry import RegistryError

HEADER = (
    "timestamp_us,symbol,live_version,shadow_version,live_signal,shadow_signal,"
    "live_hold,live_buy,live_sell,shadow_hold,shadow_buy,shadow_sell"
)


def test_by_hand(tmp_path: Path) -> None:
    lines = [
        HEADER,
        "1,ALFA,a,b,BUY,BUY,0.1,0.8,0.1,0.1,0.7,0.2",
        "2,ALFA,a,b,BUY,HOLD,0.1,0.8,0.1,0.5,0.4,0.1",
        "3,ALFA,a,c,BUY,SELL,0.1,0.8,0.1,0.0,0.0,1.0",
        # Beside the live model after this one.
        "3,ALFA,d,b,SELL,BUY,0.0,0.0,1.0,0.0,1.0,0.0",
        "4,ALFA,a,b,BUY,SELL,0.1,0.8,0.1,0.0,0.",
    ]
    (tmp_path / "shadow.csv.1").write_text("\n".join(lines[:2]) + "\n")
    (tmp_path / "shadow.csv").write_text("\n".join([HEADER, *lines[2:]]))
    found = compare(tmp_path, "a", "b")
    assert (found.bars, found.first_us, found.last_us, found.agreement) == (2, 1, 2, 0.5)
    assert found.decisions["BUY → HOLD"] == 1
    assert found.decisions["SELL → SELL"] == 0
    assert found.largest_difference == pytest.approx(0.4)
    assert found.mean_difference == pytest.approx((0.1 + 0.1 + 0.4 + 0.4) / 6)
    with pytest.raises(RegistryError, match="never ran beside"):
        compare(tmp_path, "b", "a")
    with pytest.raises(RegistryError, match="models shadow b"):
        compare(tmp_path / "none", "a", "b")
