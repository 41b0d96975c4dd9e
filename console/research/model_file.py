"""What an ONNX file says of itself, and whether the desk may trade on it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from console.research.entry import CLASSES, FeatureSchema, RegistryError

FEATURES = 7
INPUT = "features"
OUTPUT = "signal_probabilities"


@dataclass(frozen=True)
class ModelFile:
    """Names, shapes and metadata of a model. A dimension that is free is None."""

    path: Path
    inputs: dict[str, tuple[str, tuple[int | None, ...]]]
    outputs: dict[str, tuple[str, tuple[int | None, ...]]]
    classes: tuple[str, ...]
    feature_schema: FeatureSchema | None
    bar_interval_us: int | None
    test: bool
    description: str

    def check_tradable(self) -> None:
        """Raises `RegistryError` where names, shapes or classes are not those of the desk's contract.

        Whether it fits this desk's features and bars is another question: `console.research.fitness`.
        """
        _check_tensor(self.path, "input", INPUT, self.inputs, FEATURES)
        _check_tensor(self.path, "output", OUTPUT, self.outputs, len(CLASSES))
        if self.classes != CLASSES:
            named = ",".join(self.classes)
            raise RegistryError(
                f"{self.path}: its metadata must name the classes {','.join(CLASSES)}, not {named!r}"
            )
        if self.feature_schema is None:
            raise RegistryError(
                f"{self.path}: its metadata names no feature_schema_version and feature_schema_hash"
            )


def read_model_file(path: Path) -> ModelFile:
    """Reads the model at `path`; `RegistryError` when it is missing or no ONNX model."""
    import onnxruntime  # loads a large library; only those who look into a model wait for it

    if not path.is_file():
        raise RegistryError(f"{path}: there is no such file")
    try:
        session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
    except Exception as error:  # the library's own exceptions share no narrower base
        raise RegistryError(f"{path}: onnxruntime cannot load it ({error})") from error
    metadata: dict[str, str] = session.get_modelmeta().custom_metadata_map
    version, digest = metadata.get("feature_schema_version"), metadata.get("feature_schema_hash")
    interval = metadata.get("bar_interval_us")
    return ModelFile(
        path=path,
        inputs={node.name: (node.type, _shape(node.shape)) for node in session.get_inputs()},
        outputs={node.name: (node.type, _shape(node.shape)) for node in session.get_outputs()},
        classes=tuple(metadata.get("classes", "").split(",")),
        feature_schema=FeatureSchema(int(version), digest)
        if version and version.isdigit() and digest
        else None,
        bar_interval_us=int(interval) if interval and interval.isdigit() else None,
        test=metadata.get("test") == "true",
        description=metadata.get("description", ""),
    )


def run_rows(path: Path, features: NDArray[Any]) -> NDArray[np.float64]:
    """The probabilities (n, 3) that the model at `path` gives for `features` (n, 7), row by row as live.

    Raises `RegistryError`.
    """
    import onnxruntime

    rows = features.astype(np.float32)
    try:
        session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
        given = [session.run([OUTPUT], {INPUT: row[None, :]})[0] for row in rows]
    except Exception as error:  # the library's own exceptions share no narrower base
        raise RegistryError(f"{path}: onnxruntime cannot run it ({error})") from error
    return np.asarray(given, dtype=np.float64).reshape(len(rows), len(CLASSES))


def _shape(shape: list[int | str | None]) -> tuple[int | None, ...]:
    return tuple(size if isinstance(size, int) else None for size in shape)


def _check_tensor(
    path: Path, role: str, name: str, tensors: dict[str, tuple[str, tuple[int | None, ...]]], width: int
) -> None:
    if list(tensors) != [name]:
        raise RegistryError(f"{path}: must have the one {role} {name!r}, not {', '.join(tensors) or 'none'}")
    kind, shape = tensors[name]
    if kind != "tensor(float)" or len(shape) != 2 or shape[0] not in (None, 1) or shape[1] != width:
        raise RegistryError(
            f"{path}: {role} {name!r} must be float32 [batch, {width}], not {kind} {list(shape)}"
        )
