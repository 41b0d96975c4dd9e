"""The signal bridge as a process: rows in over ZeroMQ, signals out, and the gate of the model."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
import trading_rust

from console.proto import messages_pb2 as pb
from console.research.entry import FeatureBins
from console.research.registry import ModelRegistry
from tests.integration.signal_desk import (
    INTERVAL_US,
    ROWS,
    Desk,
    confident_model,
    receive_signals,
    register,
    row,
    send,
    subscribe_to_signals,
)


def test_signals_are_those_of_training_and_of_the_model(start: Callable[[], Desk], desk_home: Path) -> None:
    path = register(desk_home)
    desk = start()
    desk.wait_for(lambda pong: pong.model.loaded)
    desk.await_subscription()
    pong = desk.ping()
    assert pong.state == pb.Pong.READY
    assert dict(pong.model.bars_until_warm) == {"ALFA": 51, "BRVO": 51}
    assert pong.detail == "no price yet: ALFA, BRVO"

    end = subscribe_to_signals(desk, 1)
    send(desk, end, end + ROWS)
    signals = receive_signals(desk, end + ROWS - 1)
    assert len(signals) > ROWS

    rows = [row(step) for step in range(1, end + ROWS)]
    bars = trading_rust.build_bars(
        [item.timestamp_us for item in rows],
        [item.bid for item in rows],
        [item.ask for item in rows],
        [item.volume for item in rows],
    )
    features = trading_rust.compute_features(bars["close"], bars["volume"], bars["after_break"])
    by_close = {
        int(start_us) + INTERVAL_US: vector
        for start_us, vector in zip(bars["start_us"], features, strict=True)
    }
    kinds = set()
    for signal in signals:
        vector = by_close[signal.timestamp_us]
        live = [signal.features[name] for name in trading_rust.FEATURE_NAMES]
        assert live == vector.tolist(), "the features live are those of training, to the last bit"
        weights = np.exp(np.array([0.0, 4.0, -4.0]) * vector[6])
        probabilities = weights / weights.sum()
        expected = int(probabilities.argmax()) + 1 if probabilities.max() > 0.6 else pb.TradingSignal.HOLD
        assert signal.signal == expected
        assert signal.confidence == pytest.approx(probabilities[signal.signal - 1], rel=1e-5)
        assert signal.model_hash == hashlib.sha256(path.read_bytes()).hexdigest()
        assert signal.model_version == "momentum"
        assert signal.latency_ns > 0
        assert signal.epoch == pong.epoch
        assert signal.market_published_us > 0
        kinds.add(signal.signal)
    assert {pb.TradingSignal.BUY, pb.TradingSignal.SELL} <= kinds

    pong = desk.ping()
    assert pong.last_sequences["ALFA"] == signals[-1].sequence
    assert (pong.counters["missing"], pong.counters["malformed"]) == (0, 0)
    assert pong.model.bars_until_warm["ALFA"] == 0


def test_the_gate_closes_with_its_reason_and_opens_without_a_restart(
    start: Callable[[], Desk], desk_home: Path
) -> None:
    desk = start()
    pong = desk.wait_for(lambda pong: bool(pong.gates))
    assert pong.state == pb.Pong.DEGRADED
    assert pong.gates[0].kind == pb.Gate.MODEL_MISSING
    assert "registry.json" in pong.gates[0].reason
    assert pong.gates[0].opens_when

    register(desk_home)
    epoch = desk.wait_for(lambda pong: pong.model.loaded and not pong.gates).epoch

    registry = ModelRegistry(desk_home / "models")
    registry.set_stage("momentum", "retired")
    pong = desk.wait_for(lambda pong: bool(pong.gates))
    assert "no live model" in pong.gates[0].reason
    assert not pong.model.loaded
    registry.set_stage("momentum", "live")
    assert desk.wait_for(lambda pong: not pong.gates).epoch == epoch, "the same process all along"


def test_drift_is_measured_against_the_training_set(start: Callable[[], Desk], desk_home: Path) -> None:
    (desk_home / "made.onnx").write_bytes(confident_model().SerializeToString())
    bins = [FeatureBins("rsi", (-0.5, 0.5), (0.3, 0.4, 0.3)), FeatureBins("macd", (99.0,), (0.0, 1.0))]
    ModelRegistry(desk_home / "models").register_model(
        desk_home / "made.onnx", "momentum", created_by="a test", stage="live", feature_bins=bins
    )
    desk = start()
    desk.wait_for(lambda pong: pong.model.loaded)
    desk.await_subscription()
    end = subscribe_to_signals(desk, 1)
    send(desk, end, end + ROWS)
    pong = desk.wait_for(lambda pong: pong.model.drift_samples >= ROWS - 1)
    drift = {one.name: one.psi for one in pong.model.drift}
    assert set(drift) == {"rsi", "macd"}
    # No MACD of this market is near 99: another population altogether.
    assert drift["macd"] > 5 > drift["rsi"] >= 0


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: confident_model(classes="buy,hold,sell"), "classes are buy,hold,sell"),
        (lambda: renamed_output(), "called probabilities"),
        (lambda: b"no model at all", "not a model"),
    ],
)
def test_an_unfit_model_is_refused_in_words(
    start: Callable[[], Desk], desk_home: Path, make: Callable[[], onnx.ModelProto | bytes], reason: str
) -> None:
    path = register(desk_home)
    made = make()
    content = made if isinstance(made, bytes) else made.SerializeToString()
    path.write_bytes(content)
    registry = desk_home / "models" / "registry.json"
    document = json.loads(registry.read_text())
    document["models"][0]["sha256"] = hashlib.sha256(content).hexdigest()
    registry.write_text(json.dumps(document))
    desk = start()
    pong = desk.wait_for(lambda pong: bool(pong.gates))
    assert reason in pong.gates[0].reason, desk.log()


def renamed_output() -> onnx.ModelProto:
    model = confident_model()
    model.graph.output[0].name = "probabilities"
    model.graph.node[-1].output[0] = "probabilities"
    return model


def test_a_second_one_on_the_same_home_names_the_first(
    start: Callable[[], Desk], binaries: Path, desk_home: Path
) -> None:
    desk = start()
    desk.ping()
    command = [
        str(binaries / "signal-bridge"),
        "--home",
        str(desk_home),
        "--config",
        str(desk_home / "system.json"),
    ]
    second = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert second.returncode == 1
    assert str(desk.process.pid) in second.stderr
