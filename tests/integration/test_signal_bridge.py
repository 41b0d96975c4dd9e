"""The signal bridge as a process: rows in over ZeroMQ, signals out, and the gate of the model."""

from __future__ import annotations

import hashlib
import json
import math
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import onnx
import pytest
import trading_rust
import zmq
from click.testing import CliRunner

from console.cli.models import models
from console.proto import messages_pb2 as pb
from console.research.comparison import compare
from console.research.entry import FeatureBins, GoldenRow
from console.research.network import build_classifier
from console.research.registry import ModelRegistry, RegistryError
from tests.desk import wait_for

INTERVAL_US = 250_000
ROWS = 120


def confident_model(**changes: str) -> onnx.ModelProto:
    """Follows the momentum with great confidence, and no merit."""
    weights = np.zeros((7, 3))
    weights[6] = [0.0, 4.0, -4.0]
    metadata = {
        "feature_schema_version": str(trading_rust.FEATURE_SCHEMA_VERSION),
        "feature_schema_hash": trading_rust.FEATURE_SCHEMA_HASH,
        **changes,
    }
    return build_classifier([(weights, np.zeros(3))], np.zeros(7), np.ones(7), metadata)


def register(home: Path, version: str = "momentum") -> Path:
    """The model, live in the home's registry."""
    made = home / "made.onnx"
    made.write_bytes(confident_model().SerializeToString())
    registry = ModelRegistry(home / "models")
    return registry.model_path(registry.register_model(made, version, created_by="a test", stage="live"))


def mid(step: int) -> float:
    return 100.0 + 2.0 * math.sin(step / 7.0)


def row(step: int) -> pb.MarketData:
    """One trade per bar on a slow wave."""
    price = round(mid(step), 2)
    return pb.MarketData(
        symbol="ALFA",
        price=price,
        volume=1 + step % 3,
        bid=price - 0.01,
        ask=price + 0.01,
        bid_size=10,
        ask_size=10,
        timestamp_us=1_700_000_000_000_000 + step * INTERVAL_US + 7,
        epoch=1,
        sequence=step,
        published_us=1_700_000_000_000_000 + step,
    )


class Desk:
    """A running signal bridge, and the sockets of a market and a reader around it."""

    def __init__(self, binary: Path, home: Path, configuration: Path) -> None:
        self.home = home
        (home / "run").mkdir(exist_ok=True)
        self.context = zmq.Context()
        # XPUB: a subscription is seen when it arrives, so that nothing is sent before it.
        self.market = self._socket(zmq.XPUB)
        self.market.bind(f"ipc://{home}/run/market-data.ipc")
        command = [str(binary), "--home", str(home), "--config", str(configuration)]
        self.process = subprocess.Popen(command, stderr=(home / "log").open("w"))
        self.control = self._socket(zmq.DEALER)
        self.control.connect(f"ipc://{home}/run/signal-bridge-control.ipc")
        self.signals = self._socket(zmq.SUB)
        self.signals.connect(f"ipc://{home}/run/signals.ipc")
        self.signals.subscribe(b"")

    def _socket(self, kind: int) -> zmq.Socket[bytes]:
        socket: zmq.Socket[bytes] = self.context.socket(kind)
        socket.linger = 0
        socket.rcvtimeo = 20_000
        return socket

    def log(self) -> str:
        return (self.home / "log").read_text()

    def ping(self) -> pb.Pong:
        request = pb.ControlRequest(request_id="1", ping=pb.Ping())
        self.control.send(request.SerializeToString())
        reply = pb.ControlReply.FromString(self.control.recv())
        assert reply.WhichOneof("body") == "pong", reply
        return reply.pong

    def wait_for(self, holds: Callable[[pb.Pong], bool], seconds: float = 20.0) -> pb.Pong:
        deadline = time.monotonic() + seconds
        while True:
            pong = self.ping()
            if holds(pong):
                return pong
            assert time.monotonic() < deadline, f"{pong}\n{self.log()}"
            time.sleep(0.02)

    def await_subscription(self) -> None:
        while not self.market.recv().endswith(b"ALFA"):
            pass

    def close(self) -> None:
        self.process.terminate()
        code = self.process.wait(timeout=20)
        self.context.destroy(linger=0)
        assert code == 0, self.log()


@pytest.fixture
def start(binaries: Path, desk_home: Path, repository: Path) -> Iterator[Callable[[], Desk]]:
    """Starts a desk in `desk_home`; it is stopped cleanly afterwards."""
    settings = json.loads((repository / "config" / "system.json").read_text())
    settings["market_data"]["symbols"] = ["ALFA", "BRVO"]
    configuration = desk_home / "system.json"
    configuration.write_text(json.dumps(settings))
    desks: list[Desk] = []

    def begin() -> Desk:
        desks.append(Desk(binaries / "signal-bridge", desk_home, configuration))
        return desks[-1]

    yield begin
    for desk in desks:
        desk.close()


def receive_signals(desk: Desk, last: int) -> list[pb.TradingSignal]:
    """All signals up to the one that the row of step `last` brought about."""
    closed_us = row(last).timestamp_us // INTERVAL_US * INTERVAL_US
    signals = [pb.TradingSignal.FromString(desk.signals.recv())]
    while signals[-1].timestamp_us < closed_us:
        signals.append(pb.TradingSignal.FromString(desk.signals.recv()))
    first = signals[0].sequence
    assert [signal.sequence for signal in signals] == list(range(first, first + len(signals)))
    return signals


def send(desk: Desk, first: int, last: int) -> None:
    for step in range(first, last):
        desk.market.send(row(step).SerializeToString())


def subscribe_to_signals(desk: Desk, first: int) -> int:
    """Sends rows until signals arrive; gives the step after the last row. A subscription takes a moment."""
    for step in range(first, first + 2_000):
        send(desk, step, step + 1)
        if desk.signals.poll(10):
            return step + 1
    raise AssertionError(desk.log())


def test_signals_are_those_of_training_and_of_the_model(start: Callable[[], Desk], desk_home: Path) -> None:
    path = register(desk_home)
    desk = start()
    desk.wait_for(lambda pong: pong.model.loaded)
    desk.await_subscription()
    pong = desk.ping()
    assert pong.state == pb.Pong.READY
    assert dict(pong.model.bars_until_warm) == {"ALFA": 51, "BRVO": 51}
    assert "warming up" in pong.detail

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


def test_a_promotion_is_taken_over_and_one_that_is_refused_leaves_the_model_before(
    start: Callable[[], Desk], desk_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = register(desk_home)
    registry = ModelRegistry(desk_home / "models")
    registry.register_model(desk_home / "made.onnx", "second", created_by="a test")
    # Another program that writes the registry may look at nothing: the bridge itself must.
    monkeypatch.setattr("console.research.registry.check_golden", lambda *_: None)
    wrong = GoldenRow((0.0,) * 7, (1.0, 0.0, 0.0))
    registry.register_model(desk_home / "made.onnx", "third", created_by="a test", golden=[wrong])
    desk = start()
    desk.wait_for(lambda pong: pong.model.version == "momentum")
    desk.await_subscription()
    end = subscribe_to_signals(desk, 1)

    registry.set_stage("second", "live")
    desk.wait_for(lambda pong: pong.model.version == "second")
    monkeypatch.setattr(ModelRegistry, "_check_file", lambda *_: None)
    registry.set_stage("third", "live")
    pong = desk.wait_for(lambda pong: pong.model.rejected_version == "third")
    assert "golden row 0" in pong.model.rejected_reason
    assert pong.model.version == "second"
    assert pong.state == pb.Pong.DEGRADED
    assert "the model before goes on" in pong.detail
    assert not pong.gates
    # The signals tell which model made them, and none is missing for the swaps.
    send(desk, end, end + 20)
    signals = receive_signals(desk, end + 19)
    assert signals[-1].model_version == "second"

    # A restart changes nothing of that: the one before goes on, and the refusal is told.
    desk.close()
    desk = start()
    pong = desk.wait_for(lambda pong: pong.model.rejected_version == "third")
    assert "golden row 0" in pong.model.rejected_reason
    assert (pong.model.version, pong.state) == ("second", pb.Pong.DEGRADED)
    assert not pong.gates

    assert registry.rollback().version == "second"
    desk.wait_for(lambda pong: not pong.model.rejected_version and pong.state == pb.Pong.READY)
    # A live file that is damaged on the disk is told, and what runs was checked when it was loaded.
    second = registry.model_path(registry.get_model("second"))
    second.write_bytes(path.read_bytes() + b"\0")
    pong = desk.wait_for(lambda pong: pong.model.rejected_version == "second")
    assert "SHA-256" in pong.model.rejected_reason
    second.unlink()
    desk.wait_for(lambda pong: "cannot be read" in pong.detail)
    assert desk.ping().model.loaded


def fragile_model() -> onnx.ModelProto:
    """As good as any while little is traded; then its numbers leave the range of float32."""
    volume = trading_rust.FEATURE_NAMES.index("volume_ratio")
    first = np.zeros((7, 1))
    first[volume] = 1e30
    return build_classifier(
        [(first, np.array([-10e30])), (np.array([[0.0, 1e30, 0.0]]), np.zeros(3))],
        np.zeros(7),
        np.ones(7),
        {
            "feature_schema_version": str(trading_rust.FEATURE_SCHEMA_VERSION),
            "feature_schema_hash": trading_rust.FEATURE_SCHEMA_HASH,
        },
    )


def test_a_model_that_errs_closes_the_gate_until_it_or_another_is_promoted(
    start: Callable[[], Desk], desk_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUARTERDECK_HOME", str(desk_home))
    (desk_home / "fragile.onnx").write_bytes(fragile_model().SerializeToString())
    registry = ModelRegistry(desk_home / "models")
    registry.register_model(desk_home / "fragile.onnx", "fragile", created_by="a test", stage="live")
    desk = start()
    desk.wait_for(lambda pong: pong.model.loaded)
    desk.await_subscription()
    end = subscribe_to_signals(desk, 1)
    much = row(end)
    much.volume = 1e9
    desk.market.send(much.SerializeToString())
    send(desk, end + 1, end + 3)
    pong = desk.wait_for(lambda pong: bool(pong.gates))
    assert "model fragile: it gave [NaN" in pong.gates[0].reason
    assert "this one once more" in pong.gates[0].opens_when

    # A change beside it is none of its own, and brings it back no more than the next row does.
    register_other = ModelRegistry(desk_home / "models").register_model
    register_other(desk_home / "fragile.onnx", "beside", created_by="a test")
    written_us = time.time_ns() // 1000
    pong = desk.wait_for(lambda pong: pong.model.looked_us > written_us)
    assert (pong.model.loaded, len(pong.gates)) == (False, 1)
    # Made live once more it is tried once more, in the same process.
    done = CliRunner().invoke(models, ["promote", "fragile"])
    assert (done.exit_code, done.output) == (0, "fragile is live: the desk trades on it.\n")
    again = desk.ping()
    assert (again.gates[:], again.epoch) == ([], pong.epoch)


def test_the_command_line_tells_what_the_desk_makes_of_a_model(
    start: Callable[[], Desk], desk_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUARTERDECK_HOME", str(desk_home))
    register(desk_home)
    registry = ModelRegistry(desk_home / "models")
    for version in ("second", "third"):
        registry.register_model(desk_home / "made.onnx", version, created_by="a test")

    def run(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(models, arguments)
        return done.exit_code, done.output

    code, told = run("promote", "second")
    assert (code, "it will be live when the desk runs" in told) == (0, True)
    desk = start()
    desk.wait_for(lambda pong: pong.model.version == "second")
    code, told = run("promote", "momentum")
    assert (code, told) == (0, "momentum is live: the desk trades on it.\n")
    assert desk.ping().model.version == "momentum"
    assert run("shadow", "second")[0] == 0
    assert "0 decisions, 0 of them otherwise" in run("show", "second")[1]
    assert run("shadow", "--off") == (0, "No candidate runs beside the live model.\n")

    # What the registry's own check lets through, as another version of it may, the desk still refuses.
    monkeypatch.setattr(ModelRegistry, "_check_file", lambda *_: None)
    file = desk_home / "models" / "third.onnx"
    file.write_bytes(file.read_bytes() + b"\0")
    code, told = run("shadow", "third")
    assert (code, "refused to run third" in told, "SHA-256" in told) == (1, True, True)
    assert "refused by the desk: model third" in run("show", "third")[1]
    code, told = run("promote", "third")
    assert (code, "SHA-256" in told, "goes on with momentum" in told) == (1, True, True)
    assert run("rollback") == (0, "momentum is live: the desk trades on it.\n")


def test_a_candidate_beside_the_live_model_is_recorded_and_never_published(
    start: Callable[[], Desk], desk_home: Path
) -> None:
    register(desk_home)
    registry = ModelRegistry(desk_home / "models")
    opposite = confident_model(description="against the momentum")
    weights = next(one for one in opposite.graph.initializer if one.name == "weights_0")
    weights.CopyFrom(onnx.numpy_helper.from_array(-onnx.numpy_helper.to_array(weights), "weights_0"))
    (desk_home / "opposite.onnx").write_bytes(opposite.SerializeToString())
    registry.register_model(desk_home / "opposite.onnx", "opposite", created_by="a test")
    desk = start()
    desk.wait_for(lambda pong: pong.model.loaded)
    desk.await_subscription()
    end = subscribe_to_signals(desk, 1)
    registry.set_shadow("opposite")
    desk.wait_for(lambda pong: pong.model.shadow.loaded)

    send(desk, end, end + ROWS)
    pong = desk.wait_for(lambda pong: pong.model.shadow.decisions >= ROWS - 1)
    assert pong.model.version == "momentum"
    assert 0 < pong.model.shadow.disagreements <= pong.model.shadow.decisions
    assert pong.model.shadow.unrecorded == 0
    assert {signal.model_version for signal in receive_signals(desk, end + ROWS - 1)} == {"momentum"}
    registry.set_shadow(None)
    desk.wait_for(lambda pong: not pong.model.HasField("shadow"))

    def compared() -> bool:
        try:
            return compare(desk_home / "state", "momentum", "opposite").bars >= ROWS - 1
        except RegistryError:
            return False

    wait_for(compared, "the record of the candidate")
    found = compare(desk_home / "state", "momentum", "opposite")
    assert found.decisions["BUY → SELL"] > 0
    assert found.decisions["BUY → BUY"] == 0


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
