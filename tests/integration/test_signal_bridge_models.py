"""What a running signal bridge makes of promotions, models that err, and a candidate beside the live one."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
import trading_rust
from click.testing import CliRunner

from console.cli.models import models
from console.proto import messages_pb2 as pb
from console.research.comparison import compare
from console.research.entry import GoldenRow
from console.research.network import build_classifier
from console.research.registry import ModelRegistry, RegistryError
from tests.desk import wait_for
from tests.integration.signal_desk import (
    ROWS,
    Desk,
    confident_model,
    receive_signals,
    register,
    row,
    send,
    subscribe_to_signals,
)


def test_a_promotion_is_taken_over_and_one_that_is_refused_leaves_the_model_before(
    start: Callable[[], Desk], desk_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = register(desk_home)
    registry = ModelRegistry(desk_home / "models")
    registry.register_model(desk_home / "made.onnx", "second", created_by="a test")
    # Another program that writes the registry may look at nothing: the bridge itself must.
    monkeypatch.setattr("console.research.fitness.check_golden", lambda *_: None)
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
    assert "refused by the desk: its file isn't the registered one: model third, " in run("show", "third")[1]
    code, told = run("promote", "third")
    assert (code, "SHA-256" in told, "goes on with momentum" in told) == (1, True, True)
    code, told = run("rollback")
    assert (code, told.splitlines()[-1]) == (0, "momentum is live: the desk trades on it.")
    assert "quarterdeck models promote third makes it live again" in told


def test_a_candidate_beside_the_live_model_is_recorded_and_never_published(
    start: Callable[[], Desk], desk_home: Path
) -> None:
    register(desk_home)
    registry = ModelRegistry(desk_home / "models")
    opposite = confident_model(follows=False, description="against the momentum")
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
