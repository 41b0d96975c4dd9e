"""Sections that need running services: a desk's latencies, and commands."""

from __future__ import annotations

import tempfile
from pathlib import Path

from console.core.paths import find_binary
from tests.bench.commands import measure_commands
from tests.bench.goals import Goal
from tests.bench.latency import INSIDE, measure_latency

INSIDE_GOAL_US = 10.0


def latency(seconds: float, rate: int) -> dict[str, object]:
    """Each leg of a trading desk."""
    print(f"Latency of a desk with the test model, {rate:,} messages/s, {seconds:g} s")
    with tempfile.TemporaryDirectory(prefix="qdb-") as folder:
        legs = measure_latency(Path(folder) / "l", seconds, rate)
    print(f"  {'leg':<58}{'n':>8}{'p50 µs':>10}{'p99 µs':>10}")
    for leg in legs:
        print(f"  {leg.name:<58}{leg.count:>8,}{leg.p50_us:>10,.0f}{leg.p99_us:>10,.0f}")
    inside = next((leg.p50_us for leg in legs if leg.name == INSIDE and leg.count), None)
    goals = [Goal("tick received → signal ready, inside the bridge, p50", inside, INSIDE_GOAL_US, "µs")]
    return {"legs": [leg.as_dict() for leg in legs], "goals": [goal.as_dict() for goal in goals]}


def commands() -> dict[str, object]:
    """What an operator waits for, and a restart."""
    print("Commands, kills and a restart; engine and paper venue as processes")
    with tempfile.TemporaryDirectory(prefix="qdb-") as folder:
        binaries = Path(find_binary("execution-engine")).parent
        measures = measure_commands(binaries, Path(folder) / "c")
    print(f"  {'what':<72}{'n':>6}{'p50 µs':>12}{'p99 µs':>12}   goal")
    for each in measures:
        print(f"  {each.name:<72}{each.count:>6,}{each.p50_us:>12,.0f}{each.p99_us:>12,.0f}   {each.goal}")
    return {"measures": [each.as_dict() for each in measures]}
