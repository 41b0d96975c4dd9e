"""What the desk decides on a recording is what training computes from the same recording."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import trading_rust

from console.core.recording import Stream, read_recording
from console.proto import messages_pb2 as pb
from console.research.comparison import LIVE, SHADOW
from console.research.dataset import build_bars
from console.research.export import run_in_python
from console.research.registry import ModelRegistry
from console.research.sources import read_source
from console.supervisor.environment import seed_models
from tests.desk import Desk, configured, simulate, wait_for

VERSION = "test-model-not-for-trading"
THRESHOLD = 0.6
# The same network as the shipped one, beside: its record tells all three probabilities of both.
BESIDE = "beside"
# Bars at the end whose signals may be under way when the recorder is stopped.
LAST_BARS = 10


@pytest.fixture
def desk(desk_home: Path, tmp_path: Path, repository: Path) -> Iterator[Desk]:
    one = Desk(
        desk_home,
        configured(
            tmp_path, repository / "config" / "system.json", signal={"model": VERSION, "threshold": THRESHOLD}
        ),
    )
    yield one
    one.run("down")


def test_a_replayed_recording_gives_the_features_and_probabilities_of_training(
    desk: Desk, tmp_path: Path
) -> None:
    rows = tmp_path / "day.csv"
    simulate(rows, rows=6_000, seed=11, per_second=200)
    desk.home.prepare()
    seed_models(desk.home)
    registry = ModelRegistry(desk.home.models)
    registry.register_model(desk.home.models / "first-light-1.onnx", BESIDE, created_by="a test")
    registry.set_shadow(BESIDE)
    desk.up("--source", "replay", "--file", str(rows), "--speed", "20", "--hold")
    recording = tmp_path / "day.qdr"
    recorder = subprocess.Popen(
        [sys.executable, "-m", "console.cli", "record", str(recording)],
        env=desk.environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert recorder.stderr is not None
        assert "Recording" in recorder.stderr.readline()
        # Signals are recorded from the moment their stream is joined: something of it has come.
        wait_for(lambda: recording.exists() and recording.stat().st_size > 0, "a first record")
        desk.must("start")
        wait_for(lambda: "session" in json.dumps(desk.status()["gates"]).lower(), "the end of the replay", 90)
        recorder.terminate()
        recorder.wait(30)
    finally:
        recorder.kill()
        recorder.wait()

    signals = [
        pb.TradingSignal.FromString(record.payload)
        for record in read_recording(recording)
        if record.stream is Stream.SIGNALS
    ]
    model, beside = (registry.model_path(registry.get_model(one)) for one in (VERSION, BESIDE))
    # Down, so that no line of the record is half written.
    desk.must("down")
    record = pd.read_csv(desk.home.state / "shadow.csv", dtype={"symbol": str})
    for source in (read_source(recording), read_source(rows)):
        bars = {one.symbol: one for one in build_bars(source, trading_rust.DEFAULT_BAR_INTERVAL_US)}
        compared = 0
        for symbol, one in bars.items():
            at = {int(closed): index for index, closed in enumerate(one.closed_us)}
            told = [signal for signal in signals if signal.symbol == symbol]
            assert told, f"no signal of {symbol}"
            places = [at[signal.timestamp_us] for signal in told]
            # From the first that was recorded on, every bar that is warm has one signal and no more.
            warm = np.flatnonzero(np.isfinite(one.features).all(axis=1))
            assert places == warm[(warm >= places[0]) & (warm <= places[-1])].tolist()
            assert len(warm[warm > places[-1]]) <= LAST_BARS
            live = np.array(
                [[signal.features[name] for name in trading_rust.FEATURE_NAMES] for signal in told]
            )
            np.testing.assert_array_equal(live, one.features[places])
            probabilities = run_in_python(model, one.features[places])
            # A signal tells the probability of what it says; HOLD, BUY and SELL are 1, 2 and 3.
            said = np.array([signal.signal for signal in told]) - 1
            confidence = np.array([signal.confidence for signal in told])
            own = probabilities[np.arange(len(said)), said]
            np.testing.assert_allclose(confidence, own, rtol=0, atol=1e-6)
            decided = trading_rust.signals_from_probabilities(probabilities, THRESHOLD)
            np.testing.assert_array_equal(np.array([0, 1, -1])[said], decided)
            compared += len(told)
            rows_beside = record[record["symbol"] == symbol]
            places = [at[moment] for moment in rows_beside["timestamp_us"]]
            assert len(places) > LAST_BARS
            for columns, file in ((LIVE, model), (SHADOW, beside)):
                expected = run_in_python(file, one.features[places])
                np.testing.assert_allclose(rows_beside[columns].to_numpy(), expected, rtol=0, atol=1e-6)
        assert compared > 100
