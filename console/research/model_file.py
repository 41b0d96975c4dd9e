"""What an ONNX file says of itself, and whether the desk may trade on it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from console.research.entry import CLASSES, FeatureSchema, RegistryError

if TYPE_CHECKING:
    import onnxruntime

FEATURES = 7
INPUT = "features"
OUTPUT = "signal_probabilities"


@dataclass(frozen=True)
class ModelFile:
    """Names, shapes and metadata of a model. A dimension that is free is None.

    `sha256`, in hexadecimal, is that of the bytes that were read, which `session` runs.
    """

    path: Path
    sha256: str
    inputs: dict[str, tuple[str, tuple[int | None, ...]]]
    outputs: dict[str, tuple[str, tuple[int | None, ...]]]
    classes: tuple[str, ...]
    feature_schema: FeatureSchema | None
    bar_interval_us: int | None
    test: bool
    description: str
    session: onnxruntime.InferenceSession = field(repr=False, compare=False)

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

    def run(self, features: NDArray[Any], *, one_by_one: bool = False) -> NDArray[np.float64]:
        """The probabilities (n, 3) for `features` (n, 7): at once, or row by row as the desk asks.

        Raises `RegistryError`.
        """
        rows = features.astype(np.float32)
        parts = [row[None, :] for row in rows] if one_by_one else [rows]
        try:
            given = [self.session.run([OUTPUT], {INPUT: part})[0] for part in parts]
            return np.concatenate(given).astype(np.float64).reshape(len(rows), len(CLASSES))
        except Exception as error:  # the library's own exceptions share no narrower base
            raise RegistryError(f"{self.path}: onnxruntime cannot run it ({error})") from error


def read_model_file(path: Path) -> ModelFile:
    """Reads the model at `path`; `RegistryError` when it is missing or no ONNX model."""
    import onnxruntime  # loads a large library; only those who look into a model wait for it

    if not path.is_file():
        raise RegistryError(f"{path}: there is no such file")
    content = path.read_bytes()
    try:
        session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    except Exception as error:  # the library's own exceptions share no narrower base
        raise RegistryError(f"{path}: onnxruntime cannot load it ({error})") from error
    metadata: dict[str, str] = session.get_modelmeta().custom_metadata_map
    version, digest = metadata.get("feature_schema_version"), metadata.get("feature_schema_hash")
    interval = metadata.get("bar_interval_us")
    return ModelFile(
        path=path,
        sha256=hashlib.sha256(content).hexdigest(),
        inputs={node.name: (node.type, _shape(node.shape)) for node in session.get_inputs()},
        outputs={node.name: (node.type, _shape(node.shape)) for node in session.get_outputs()},
        classes=tuple(metadata.get("classes", "").split(",")),
        feature_schema=FeatureSchema(int(version), digest)
        if version and version.isdigit() and digest
        else None,
        bar_interval_us=int(interval) if interval and interval.isdigit() else None,
        test=metadata.get("test") == "true",
        description=metadata.get("description", ""),
        session=session,
    )


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
