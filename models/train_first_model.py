"""Trains the first model, on simulated data alone, and registers it as the live one.

    python models/train_first_model.py [--models DIR] [--version NAME] [--market-data PROGRAM]

Three runs of the simulator with different seeds give the rows: one to train on, one to decide when to stop,
and one that is looked at once, for the metrics in the registry. Rows become bars and features by
`trading_rust`, the code that the desk runs. A bar is labelled BUY (SELL) when the mid rises (falls) over the
next ten seconds by more than the spread, which is what a round trip by market orders would cost.

The metrics stand beside what needs no model: the share of the largest class, and the log loss of the class
frequencies. They say what the model knows about the *simulator*, whose regimes it was made to recognise. They
promise nothing about a real market. Samples of neighbouring bars overlap: they are fewer than they look.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import click
import numpy as np
import trading_rust
from numpy.typing import NDArray
from sklearn.metrics import log_loss
from sklearn.neural_network import MLPClassifier

from console.research.dataset import BUY, HOLD, SELL, Dataset, build_dataset, read_rows
from console.research.drift import feature_bins
from console.research.fitness import golden_of
from console.research.network import build_classifier
from console.research.registry import ModelRegistry

HERE = Path(__file__).resolve().parent
SEEDS = {"train": 1001, "validation": 1002, "test": 1003}
ROWS = 4_000_000
MESSAGES_PER_SECOND = 600
HORIZON_BARS = 40
LAYERS = (32, 16)
THRESHOLD = 0.6
EPOCHS = 40
PATIENCE = 5

Matrix = NDArray[np.float64]


def simulate(program: str, seed: int, rows: int, folder: Path) -> tuple[Dataset, str]:
    """The samples of one run of the simulator, and the SHA-256 of its rows."""
    file = folder / f"{seed}.csv"
    flags = ["--source", "sim", "--seed", str(seed), "--rows", str(rows), "--dump", str(file)]
    flags += ["--config", str(HERE.parent / "config" / "system.json")]
    flags += ["--messages-per-second", str(MESSAGES_PER_SECOND)]
    subprocess.run([program, *flags], check=True)
    dataset = build_dataset(read_rows(file), HORIZON_BARS, trading_rust.DEFAULT_BAR_INTERVAL_US)
    with file.open("rb") as rows_written:
        digest = hashlib.file_digest(rows_written, "sha256").hexdigest()
    file.unlink()
    return dataset, digest


def train(training: Dataset, validation: Dataset) -> tuple[MLPClassifier, Matrix, Matrix, int]:
    """A network stopped where it is best on the validation set; with the scaler, and the passes it took."""
    mean = training.features.mean(axis=0)
    scale = training.features.std(axis=0)
    scaled = (training.features - mean) / scale
    network = MLPClassifier(LAYERS, batch_size=512, learning_rate_init=1e-3, alpha=1e-4, random_state=7)
    order = np.random.default_rng(7)
    best, kept, best_epoch = np.inf, None, 0
    for epoch in range(1, EPOCHS + 1):
        shuffled = order.permutation(len(training))
        network.partial_fit(scaled[shuffled], training.labels[shuffled], classes=[HOLD, BUY, SELL])
        loss = log_loss(validation.labels, network.predict_proba((validation.features - mean) / scale))
        click.echo(f"epoch {epoch:2}  validation log loss {loss:.5f}")
        if loss < best:
            weights = [layer.copy() for layer in network.coefs_]
            biases = [layer.copy() for layer in network.intercepts_]
            best, kept, best_epoch = loss, (weights, biases), epoch
        elif epoch - best_epoch >= PATIENCE:
            break
    if kept is not None:
        network.coefs_, network.intercepts_ = kept
    return network, mean, scale, best_epoch


def evaluate(probabilities: Matrix, data: Dataset, prior: Matrix) -> dict[str, Any]:
    """What the model reached on `data`, beside baselines that know only the `prior` of the training set."""
    chosen = probabilities.argmax(axis=1)
    sure = probabilities.max(axis=1) > THRESHOLD
    bought, sold = sure & (chosen == BUY), sure & (chosen == SELL)
    acted = bought | sold
    gain = np.where(bought, data.forward, -data.forward)[acted]
    after_cost = gain - data.cost[acted]
    return {
        "samples": len(data),
        "accuracy": round(float((chosen == data.labels).mean()), 4),
        "accuracy_of_majority_class": round(float((data.labels == prior.argmax()).mean()), 4),
        "log_loss": round(float(log_loss(data.labels, probabilities)), 4),
        "log_loss_of_class_frequencies": round(
            float(log_loss(data.labels, np.tile(prior, (len(data), 1)))), 4
        ),
        "class_frequencies": {
            name: round(float((data.labels == label).mean()), 4)
            for name, label in (("hold", HOLD), ("buy", BUY), ("sell", SELL))
        },
        "threshold": THRESHOLD,
        "decisions_above_threshold": int(acted.sum()),
        "share_above_threshold": round(float(acted.mean()), 4),
        "precision_above_threshold": round(float((chosen == data.labels)[acted].mean()), 4),
        "mean_return_above_threshold_bp": round(float(gain.mean() * 1e4), 3),
        "mean_return_after_spread_bp": round(float(after_cost.mean() * 1e4), 3),
        "mean_return_of_always_buying_bp": round(float(data.forward.mean() * 1e4), 3) + 0.0,
    }


def find_program(named: str | None) -> str:
    """The market-data service: as named, in QUARTERDECK_BIN, beside this interpreter, or on the PATH."""
    folders = [os.environ.get("QUARTERDECK_BIN"), str(Path(sys.executable).parent), os.environ.get("PATH")]
    found = named or shutil.which("market-data", path=os.pathsep.join(folder for folder in folders if folder))
    if found is None:
        raise click.ClickException("market-data was not found; build it, or name it with --market-data")
    return found


@click.command()
@click.option(
    "--models", type=click.Path(file_okay=False, path_type=Path), default=HERE, help="The registry."
)
@click.option("--version", default="first-light-1", show_default=True, help="Name of the new version.")
@click.option("--market-data", "program", help="The market-data program.")
@click.option("--rows", default=ROWS, show_default=True, help="Rows of each of the three runs.")
@click.option("--stage", type=click.Choice(["candidate", "live"]), default="live", show_default=True)
def main(models: Path, version: str, program: str | None, rows: int, stage: Any) -> None:
    """Simulates, trains, measures, and registers the model."""
    program = find_program(program)
    with tempfile.TemporaryDirectory() as folder:
        runs = {name: simulate(program, seed, rows, Path(folder)) for name, seed in SEEDS.items()}
        sets = {name: dataset for name, (dataset, _) in runs.items()}
        training, validation, test = sets["train"], sets["validation"], sets["test"]
        network, mean, scale, epochs = train(training, validation)
        prior = np.bincount(training.labels, minlength=3) / len(training)
        metrics = evaluate(network.predict_proba((test.features - mean) / scale), test, prior)
        for name, value in metrics.items():
            click.echo(f"{name:35} {value}")
        layers = [
            (np.asarray(w), np.asarray(b)) for w, b in zip(network.coefs_, network.intercepts_, strict=True)
        ]
        description = (
            "MLP 7-32-16-3 on simulated data alone; knows the simulator, promises nothing elsewhere."
        )
        metadata = {
            "feature_names": ",".join(trading_rust.FEATURE_NAMES),
            "feature_schema_version": str(trading_rust.FEATURE_SCHEMA_VERSION),
            "feature_schema_hash": trading_rust.FEATURE_SCHEMA_HASH,
            "bar_interval_us": str(trading_rust.DEFAULT_BAR_INTERVAL_US),
            "description": description,
        }
        made = Path(folder) / "made.onnx"
        made.write_bytes(build_classifier(layers, mean, scale, metadata).SerializeToString())
        entry = ModelRegistry(models).register_model(
            made,
            version,
            created_by="models/train_first_model.py",
            stage=stage,
            description=description,
            metrics={"measured_on": "test", **metrics},
            feature_bins=feature_bins(training.features),
            golden=golden_of(lambda rows: network.predict_proba((rows - mean) / scale), training.features),
            data={
                "source": "sim",
                "seeds": SEEDS,
                "rows_each": rows,
                "rows_sha256": {name: digest for name, (_, digest) in runs.items()},
                "messages_per_second": MESSAGES_PER_SECOND,
                "symbols": sorted(set(training.symbols.tolist())),
                "samples": {name: len(data) for name, data in sets.items()},
                "label": f"mid over the next {HORIZON_BARS} bars against the spread",
                "epochs": epochs,
            },
        )
    click.echo(
        f"{entry.version} ({entry.stage}): {ModelRegistry(models).model_path(entry)} sha256 {entry.sha256}"
    )


if __name__ == "__main__":
    main()
