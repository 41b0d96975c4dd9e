"""A small classifier as an ONNX graph: dense layers with ReLU, softmax, and the metadata of the desk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from console.research.entry import CLASSES
from console.research.model_file import FEATURES, INPUT, OUTPUT

# What onnxruntime has read for years, and reads still.
OPSET = 17
IR_VERSION = 8
# The operators of classical machine learning, as those of trees.
MACHINE_LEARNING = "ai.onnx.ml"

Matrix = NDArray[np.float64]


def build_classifier(
    layers: Sequence[tuple[Matrix, Matrix]], mean: Matrix, scale: Matrix, metadata: Mapping[str, str]
) -> onnx.ModelProto:
    """The network as a checked model.

    `layers` are pairs of weights (inputs, outputs) and biases, the last one giving the logits of `CLASSES`.
    `mean` and `scale` standardise the features: they are folded into the first layer, so that the graph takes
    raw features.
    """
    first_weights, first_bias = layers[0]
    folded = first_weights / scale[:, None]
    layers = [(folded, first_bias - (mean / scale) @ first_weights), *layers[1:]]
    *hidden, (weights, bias) = layers
    nodes, constants, last = [], [], INPUT
    for index, dense in enumerate(hidden):
        names = [f"weights_{index}", f"bias_{index}"]
        for name, values in zip(names, dense, strict=True):
            constants.append(numpy_helper.from_array(values.astype(np.float32), name))
        nodes.append(helper.make_node("Gemm", [last, *names], [f"dense_{index}"]))
        nodes.append(helper.make_node("Relu", [f"dense_{index}"], [f"active_{index}"]))
        last = f"active_{index}"
    # Logits and their softmax in one node: a node costs ONNX Runtime more than what this layer computes.
    probabilities = helper.make_node(
        "LinearRegressor",
        [last],
        [OUTPUT],
        domain=MACHINE_LEARNING,
        coefficients=np.ravel(weights.T.astype(np.float32)).tolist(),
        intercepts=bias.astype(np.float32).tolist(),
        targets=len(CLASSES),
        post_transform="SOFTMAX",
    )
    nodes.append(probabilities)
    graph = helper.make_graph(
        nodes,
        "quarterdeck",
        [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, ["batch", FEATURES])],
        [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["batch", len(CLASSES)])],
        constants,
    )
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(MACHINE_LEARNING, 1)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION)
    helper.set_model_props(model, {"classes": ",".join(CLASSES), **metadata})
    onnx.checker.check_model(model, full_check=True)
    return model
