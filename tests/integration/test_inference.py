"""A model made in Python gives the same output in Python and through the service."""

import json
import subprocess
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper

from console.research.network import build_classifier

METADATA = {"feature_schema_version": "1", "feature_schema_hash": "0" * 16}


def random_network(seed: int) -> onnx.ModelProto:
    """A network of the shape that ships, with random weights."""
    generator = np.random.default_rng(seed)
    sizes = [(7, 32), (32, 16), (16, 3)]
    layers = [(generator.normal(size=size) * 0.5, generator.normal(size=size[1]) * 0.1) for size in sizes]
    return build_classifier(layers, generator.normal(size=7), generator.uniform(0.5, 2.0, size=7), METADATA)


def ask_service(binaries: Path, model: Path, text: str) -> subprocess.CompletedProcess[str]:
    command = [str(binaries / "signal-bridge"), "--model", str(model), "--test-inference"]
    return subprocess.run(command, input=text, capture_output=True, text=True, timeout=60, check=False)


def ask_python(model: Path, row: NDArray[np.float64]) -> NDArray[np.float32]:
    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    (output,) = session.run(["signal_probabilities"], {"features": row.astype(np.float32)[None, :]})
    return np.asarray(output, dtype=np.float32).reshape(-1)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_python_and_the_service_agree(binaries: Path, tmp_path: Path, seed: int) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(random_network(seed).SerializeToString())
    for row in np.random.default_rng(seed).normal(size=(3, 7)) * 2:
        result = ask_service(binaries, path, json.dumps(row.tolist()))
        assert result.returncode == 0, result.stderr
        output = json.loads(result.stdout)["output"]
        np.testing.assert_allclose(output, ask_python(path, row), rtol=1e-5)
        assert sum(output) == pytest.approx(1.0, abs=1e-6)


def test_no_input_stands_for_zeros(binaries: Path, tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(random_network(4).SerializeToString())
    result = ask_service(binaries, path, "")
    assert result.returncode == 0, result.stderr
    np.testing.assert_allclose(json.loads(result.stdout)["output"], ask_python(path, np.zeros(7)), rtol=1e-5)


def test_a_model_of_another_make_is_taken_too(binaries: Path, tmp_path: Path) -> None:
    """Other names, other widths, no metadata: not tradable, yet it can be tried."""
    node = helper.make_node("ReduceSum", ["x"], ["total"], keepdims=1)
    graph = helper.make_graph(
        [node],
        "another",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 4])],
        [helper.make_tensor_value_info("total", TensorProto.FLOAT, [1, 1])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path = tmp_path / "another.onnx"
    path.write_bytes(model.SerializeToString())
    result = ask_service(binaries, path, "[1, 2, 3, 4.5]")
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout) == {"output": [10.5]}


@pytest.mark.parametrize(
    ("text", "reason"),
    [("[1, 2]", "takes 7 numbers"), ("hello", "JSON list of numbers"), ('["a"]', "JSON list of numbers")],
)
def test_a_row_that_does_not_fit_is_refused(binaries: Path, tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(random_network(5).SerializeToString())
    result = ask_service(binaries, path, text)
    assert result.returncode == 1
    assert reason in result.stderr
    assert result.stdout == ""


def test_a_file_that_is_no_model_is_refused(binaries: Path, tmp_path: Path) -> None:
    path = tmp_path / "text.onnx"
    path.write_text("hello")
    for file, reason in [(path, "not a model"), (tmp_path / "missing.onnx", "cannot be read")]:
        result = ask_service(binaries, file, "")
        assert result.returncode == 1
        assert reason in result.stderr
