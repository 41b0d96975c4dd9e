"""`python -m tests.bench`: what indicators, backtests, market data, orders and the console take here.

    python -m tests.bench [--only SECTION …] [--compare OLD.json] [--output NEW.json]

Times are this machine's: compare only ratios with another one's. Prints tables and writes the figures to
build/bench.json. The sections with peers run in build/bench-venv when `make bench-peers` has made it (their
libraries want other versions than the desk's), else here, and name the peers they miss.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.bench import compare, goals, peers

REPOSITORY = Path(__file__).resolve().parents[2]
OUTPUT = REPOSITORY / "build" / "bench.json"
PEERS_PYTHON = REPOSITORY / "build" / "bench-venv" / "bin" / "python"
# In the order they are run.
WITH_PEERS = ("indicators", "streaming", "features", "backtest")
OF_THE_DESK = ("objective", "inference", "promotion", "throughput", "latency", "commands", "console")
SECTIONS = (*WITH_PEERS, *OF_THE_DESK)


def machine() -> dict[str, object]:
    """What the figures belong to."""
    return {"cpus": os.cpu_count(), "machine": platform.machine(), "cpu": _cpu()}


def load() -> float:
    """How many processes wanted a processor in the last minute: what else this machine did."""
    return round(os.getloadavg()[0], 2)


def _cpu() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown")


def versions() -> dict[str, str]:
    """Of the interpreter, of ours and of the peers that are here."""
    import numpy as np
    import trading_rust

    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "trading_rust": trading_rust.__version__,
        **peers.present(),
    }


def _measure(section: str, arguments: argparse.Namespace) -> dict[str, object]:
    """One section. Its module is imported here: each interpreter has what its sections need, and no more."""
    print(f"\n── {section} " + "─" * (100 - len(section)), flush=True)
    if section == "indicators":
        from tests.bench import indicators

        return indicators.measure()
    if section == "streaming":
        from tests.bench import streaming

        return streaming.measure()
    if section == "features":
        from tests.bench import features

        return features.measure()
    if section == "backtest":
        from tests.bench import backtest

        return backtest.measure()
    if section == "inference":
        from tests.bench import inference

        return inference.measure()
    if section == "objective":
        from tests.bench import objective

        return objective.measure()
    if section == "promotion":
        from tests.bench import promotion

        return promotion.measure()
    if section == "throughput":
        from tests.bench import throughput

        return throughput.measure()
    if section == "console":
        from tests.bench import screen

        return screen.measure()
    from tests.bench import desk

    return desk.commands() if section == "commands" else desk.latency(arguments.seconds, arguments.rate)


def _measure_with_peers(sections: Sequence[str], arguments: argparse.Namespace) -> dict[str, Any]:
    """In the interpreter that has the peers, or in this one."""
    if PEERS_PYTHON.exists() and Path(sys.executable) != PEERS_PYTHON:
        with tempfile.TemporaryDirectory(prefix="qdb-") as folder:
            output = Path(folder) / "figures.json"
            command = [str(PEERS_PYTHON), "-m", "tests.bench", "--output", str(output), "--only", *sections]
            command.append("--part")
            subprocess.run(command, cwd=REPOSITORY, check=True)
            figures: dict[str, Any] = json.loads(output.read_text(encoding="utf-8"))
            return {name: figures[name] for name in ("versions", *sections)}
    here = versions()
    print(", ".join(f"{name} {version}" for name, version in here.items()))
    for name, reason in peers.missing().items():
        print(f"Left out: {name}: {reason}")
    return {"versions": here, **{section: _measure(section, arguments) for section in sections}}


def main() -> int:
    """Run the sections and print them."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=SECTIONS, help="these sections alone")
    parser.add_argument("--part", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--compare", type=Path, help="figures of an earlier run, to show what changed")
    parser.add_argument("--output", type=Path, default=OUTPUT, help="where the figures go (build/bench.json)")
    parser.add_argument(
        "--seconds", type=float, default=45.0, help="how long the desk trades for the latencies"
    )
    parser.add_argument("--rate", type=int, default=600, help="messages a second while it trades")
    arguments = parser.parse_args()
    before = json.loads(arguments.compare.read_text(encoding="utf-8")) if arguments.compare else None
    figures: dict[str, Any] = {"machine": machine(), "load": {"before": load()}}
    with_peers = [section for section in WITH_PEERS if section in arguments.only]
    if with_peers:
        figures |= _measure_with_peers(with_peers, arguments)
    for section in OF_THE_DESK:
        if section in arguments.only:
            figures[section] = _measure(section, arguments)
    figures["load"]["after"] = load()
    if not arguments.part:
        goals.show(figures)
        print(f"Load of the machine {figures['load']['before']} before, {figures['load']['after']} after")
    arguments.output.parent.mkdir(exist_ok=True)
    arguments.output.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    if not arguments.part:
        print(f"\nWritten to {arguments.output}")
    if before is not None:
        compare.show(before, figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
