"""One row through a model, in the signal bridge and by ONNX Runtime in Python.

A network of 7-64-32-3 and 300 trees of XGBoost (100 rounds of three classes, depth 5), written by the code
that exports a trained model. Their weights and data are random: what a row takes doesn't depend on them.
"""

from __future__ import annotations

import itertools
import json
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import xgboost
from numpy.typing import NDArray

from console.core.paths import find_binary
from console.research.entry import CLASSES
from console.research.frameworks.common import Settings
from console.research.frameworks.xgboost_trees import Trees
from console.research.model_file import FEATURES, INPUT, OUTPUT
from console.research.network import build_classifier
from tests.bench.goals import Goal

LAYERS = (FEATURES, 64, 32, len(CLASSES))
ROUNDS, DEPTH, ROWS = 100, 5, 5_000
RUNS = 20_000
GOALS_US = {"network 7-64-32-3": 3.0, "XGBoost, 300 trees": 13.0}


def network(generator: np.random.Generator, metadata: Mapping[str, str]) -> onnx.ModelProto:
    """Random weights."""
    layers = [
        (generator.normal(size=(inputs, outputs)), generator.normal(size=outputs))
        for inputs, outputs in itertools.pairwise(LAYERS)
    ]
    return build_classifier(layers, np.zeros(FEATURES), np.ones(FEATURES), metadata)


def trees(generator: np.random.Generator, metadata: Mapping[str, str]) -> onnx.ModelProto:
    """Trained on noise."""
    rows = generator.normal(size=(ROWS, FEATURES)).astype(np.float32)
    labels = generator.integers(0, len(CLASSES), ROWS)
    settings = Settings(rounds=ROUNDS, max_depth=DEPTH)
    options = {"objective": "multi:softprob", "num_class": len(CLASSES), "max_depth": DEPTH, "nthread": 1}
    booster = xgboost.train(options, xgboost.DMatrix(rows, label=labels), num_boost_round=ROUNDS)
    return Trees(booster, settings, ROUNDS).to_onnx(metadata)


def _in_bridge(model: Path, row: NDArray[np.float32]) -> dict[str, float]:
    """Median and 99th percentile in microseconds, as the bridge times itself."""
    command = [str(find_binary("signal-bridge")), "--test-inference", "--model", str(model)]
    told = subprocess.run(
        [*command, "--time", str(RUNS)],
        input=json.dumps(row.astype(float).tolist()),
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    line = json.loads(told.stdout)
    return {"p50_us": line["p50_ns"] / 1e3, "p99_us": line["p99_ns"] / 1e3}


def _in_python(model: Path, row: NDArray[np.float32]) -> dict[str, float]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.read_bytes(), options, providers=["CPUExecutionProvider"])
    asked, times = {INPUT: row[None, :]}, []
    for _ in range(RUNS):
        start = time.perf_counter_ns()
        session.run([OUTPUT], asked)
        times.append((time.perf_counter_ns() - start) / 1e3)
    times.sort()
    return {"p50_us": times[RUNS // 2], "p99_us": times[RUNS * 99 // 100]}


def measure() -> dict[str, object]:
    """Both models, both ways."""
    generator = np.random.default_rng(6)
    row = generator.normal(size=FEATURES).astype(np.float32)
    rows: list[dict[str, Any]] = []
    print(f"One row through a model, one thread, {RUNS:,} runs, µs (p50, p99)")
    with tempfile.TemporaryDirectory(prefix="qdb-") as folder:
        for name, model in zip(GOALS_US, (network(generator, {}), trees(generator, {})), strict=True):
            file = Path(folder) / "model.onnx"
            file.write_bytes(model.SerializeToString())
            bridge, python = _in_bridge(file, row), _in_python(file, row)
            rows.append({"name": name, "bridge": bridge, "python": python})
            print(f"  {name:<24}bridge {bridge['p50_us']:>7.2f} {bridge['p99_us']:>8.2f}", end="")
            print(f"   onnxruntime in Python {python['p50_us']:>7.2f} {python['p99_us']:>8.2f}")
    goals = [
        Goal(f"{row['name']}, p50 in the bridge", row["bridge"]["p50_us"], GOALS_US[row["name"]], "µs")
        for row in rows
    ]
    return {"models": rows, "goals": [goal.as_dict() for goal in goals]}
