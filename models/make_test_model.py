"""Makes the test model: it buys what rose and sells what fell, with great confidence and no merit.

Tests that need orders name it in `signal.model`. It is labelled as a test model in its file and in the
registry, so it cannot become live.

    python models/make_test_model.py [--models DIR]
"""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np
import onnx
import trading_rust

from console.research.network import build_classifier
from console.research.registry import ModelRegistry

VERSION = "test-model-not-for-trading"
GAIN = 4.0


def build_test_model() -> onnx.ModelProto:
    """Logits 0 for hold, and plus and minus `GAIN` times the price momentum for buy and sell.

    BUY or SELL gets more than 0.6 as soon as the momentum leaves about a fifth of its usual size.
    """
    weights = np.zeros((len(trading_rust.FEATURE_NAMES), 3))
    weights[trading_rust.FEATURE_NAMES.index("price_momentum")] = [0.0, GAIN, -GAIN]
    metadata = {
        "feature_names": ",".join(trading_rust.FEATURE_NAMES),
        "feature_schema_version": str(trading_rust.FEATURE_SCHEMA_VERSION),
        "feature_schema_hash": trading_rust.FEATURE_SCHEMA_HASH,
        "test": "true",
        "description": "Test model, not for trading: follows the last ten bars, with no merit.",
    }
    return build_classifier([(weights, np.zeros(3))], np.zeros(7), np.ones(7), metadata)


@click.command()
@click.option(
    "--models",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(__file__).resolve().parent,
    help="The folder of the registry.",
)
def main(models: Path) -> None:
    """Writes the test model and registers it."""
    path = models / f"{VERSION}.onnx"
    path.write_bytes(build_test_model().SerializeToString())
    entry = ModelRegistry(models).register_model(path, VERSION, created_by="models/make_test_model.py")
    click.echo(f"{entry.version}: {path} sha256 {entry.sha256}")


if __name__ == "__main__":
    main()
