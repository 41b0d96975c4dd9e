"""A trained model as a file the desk can trade on, proven equal to what was trained before it is registered.

The file is run twice on thousands of rows, by ONNX Runtime in Python and by the signal bridge itself, and
both are compared with the probabilities of the framework that trained it.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import trading_rust
from numpy.typing import NDArray

from console.core.atomic import replace_file
from console.core.config import BRIDGE
from console.core.paths import HomeError, find_binary, find_onnxruntime
from console.research.frameworks.common import Fitted, Floats
from console.research.model_file import read_model_file

# The largest difference of a probability between framework, Python and bridge.
TOLERANCE = 1e-5
# Rows the three are compared on; where the data has fewer, more are drawn around them.
ROWS = 5_000
DRAWN_BY = 7
BRIDGE_WITHIN_S = 120.0


class ExportError(RuntimeError):
    """The exported file is not what was trained, or that can't be proven here. It must not be registered."""


@dataclass(frozen=True)
class Proof:
    """The largest differences to the framework's own probabilities, over `rows` rows."""

    rows: int
    python: float
    bridge: float


def metadata_of(
    *, interval_us: int, description: str, first_us: int, last_us: int, revision: str | None
) -> dict[str, str]:
    """What the file says of itself beside its classes: features, bars, training range, source revision."""
    return {
        "feature_names": ",".join(trading_rust.FEATURE_NAMES),
        "feature_schema_version": str(trading_rust.FEATURE_SCHEMA_VERSION),
        "feature_schema_hash": trading_rust.FEATURE_SCHEMA_HASH,
        "bar_interval_us": str(interval_us),
        "description": description,
        "training_first_us": str(first_us),
        "training_last_us": str(last_us),
        "git_revision": revision or "unknown",
    }


def export(fitted: Fitted, path: Path, metadata: dict[str, str], features: Floats) -> Proof:
    """Write the model to `path` and prove it on 5,000 rows, from all over `features` and around them.

    Raises `ExportError`.
    """
    replace_file(path, fitted.to_onnx(metadata).SerializeToString())
    read_model_file(path).check_tradable()
    rows = _proof_rows(features)
    expected = fitted.probabilities(rows)
    proof = Proof(
        rows=len(rows),
        python=_difference(expected, run_in_python(path, rows)),
        bridge=_difference(expected, run_in_bridge(path, rows)),
    )
    for where, difference in (("Python", proof.python), ("the signal bridge", proof.bridge)):
        if not difference <= TOLERANCE:
            raise ExportError(
                f"{path.name}: run in {where} it differs from the trained model by {difference:.2e}, more "
                f"than {TOLERANCE:g}; it is not registered"
            )
    return proof


def run_in_python(path: Path, features: Floats) -> Floats:
    """The file's probabilities (n, 3) by ONNX Runtime in this process."""
    return read_model_file(path).run(features)


def run_in_bridge(path: Path, features: Floats) -> Floats:
    """The file's probabilities (n, 3) by the signal bridge, one row at a time as in a live desk."""
    rows = json.dumps(features.tolist())
    try:
        # As the desk starts it: the program, and the library beside this interpreter.
        program: list[str | Path] = [find_binary(BRIDGE), "--onnxruntime", find_onnxruntime()]
    except HomeError as error:
        raise ExportError(str(error)) from error
    try:
        done = subprocess.run(
            [*program, "--test-inference", "--model", path],
            input=rows,
            capture_output=True,
            text=True,
            timeout=BRIDGE_WITHIN_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ExportError(
            f"{path.name}: the signal bridge gave no probabilities within {BRIDGE_WITHIN_S:g} s; try again "
            "when the machine has less to do"
        ) from error
    if done.returncode:
        reason = done.stderr.strip() or f"it ended with {done.returncode} and said nothing"
        raise ExportError(f"{path.name}: the signal bridge refused it: {reason}")
    given: NDArray[np.float64] = np.asarray(json.loads(done.stdout)["output"], dtype=np.float64)
    return given.reshape(len(features), -1)


def git_revision(folder: Path) -> str | None:
    """The revision of the sources in `folder`, marked when they are changed; None outside a checkout."""
    git = shutil.which("git")
    if git is None:
        return None
    done = subprocess.run(
        [git, "-C", str(folder), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or None if done.returncode == 0 else None


def _proof_rows(features: Floats) -> Floats:
    rows = features[np.linspace(0, len(features) - 1, min(ROWS, len(features))).astype(np.int64)]
    random = np.random.default_rng(DRAWN_BY)
    near = features[random.integers(0, len(features), ROWS - len(rows))]
    return np.concatenate([rows, near + random.normal(size=near.shape) * features.std(axis=0)])


def _difference(expected: Floats, given: Floats) -> float:
    if expected.shape != given.shape:
        return float("inf")
    # NaN compares false with the tolerance, so it never passes.
    return float(np.abs(expected - given).max())
