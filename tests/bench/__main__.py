"""`python -m tests.bench`: latencies of each leg, and the rate that market data sustains without loss.

Times are this machine's; compare them only with another run on it. Prints tables and writes the same figures
to build/bench.json.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from pathlib import Path

from tests.bench.latency import measure_latency
from tests.bench.throughput import measure_throughput

REPOSITORY = Path(__file__).resolve().parents[2]
OUTPUT = REPOSITORY / "build" / "bench.json"


def machine() -> dict[str, object]:
    """What the figures belong to."""
    return {"cpus": os.cpu_count(), "machine": platform.machine(), "python": platform.python_version()}


def main() -> int:
    """Run both and print them."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument(
        "--seconds", type=float, default=45.0, help="how long the desk trades for the latencies"
    )
    parser.add_argument("--rate", type=int, default=600, help="messages a second while it trades")
    arguments = parser.parse_args()
    figures: dict[str, object] = {"machine": machine()}
    with tempfile.TemporaryDirectory(prefix="qdb-") as folder:
        print("Throughput of market-data, one reader (trading_rust.MarketFeed), 3 s a step")
        steps = measure_throughput(Path(folder) / "t")
        for step in steps:
            verdict = (
                "kept up, no loss" if step.sustained else f"{step.lost} lost, {step.received_rate:,.0f}/s"
            )
            print(f"  {step.asked_rate:>9,}/s  {verdict}")
        best = max((step.asked_rate for step in steps if step.sustained), default=0)
        print(f"  sustained without loss: {best:,} messages a second\n")
        figures["throughput"] = {"sustained": best, "steps": [step.as_dict() for step in steps]}

        print(
            f"Latency of a desk with the test model, {arguments.rate:,} messages/s, {arguments.seconds:g} s"
        )
        legs = measure_latency(Path(folder) / "l", arguments.seconds, arguments.rate)
        print(f"  {'leg':<58}{'n':>8}{'p50 µs':>10}{'p99 µs':>10}")
        for leg in legs:
            print(f"  {leg.name:<58}{leg.count:>8,}{leg.p50_us:>10,.0f}{leg.p99_us:>10,.0f}")
        figures["latency"] = [leg.as_dict() for leg in legs]
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(f"\nWritten to {OUTPUT.relative_to(REPOSITORY)}")
    return 0 if best and all(leg.count for leg in legs) else 1


if __name__ == "__main__":
    sys.exit(main())
