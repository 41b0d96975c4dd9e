"""What can be read becomes rows or bars; what can't be true is refused with its place."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from console.core.recording import RecordingWriter, Stream
from console.proto import messages_pb2 as pb
from console.research.dataset import build_bars
from console.research.sources import SourceError, read_source

SECOND = 1_000_000


def rows(count: int = 5) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "timestamp_us": 1_700_000_000_000_000 + np.arange(count) * SECOND,
            "symbol": "ALFA",
            "exchange": "SIM",
            "volume": 1.0,
            "bid": 100.0 + np.arange(count) * 0.01,
            "ask": 100.02 + np.arange(count) * 0.01,
        }
    )


def bars(count: int = 5) -> pd.DataFrame:
    close = 100.0 + np.arange(count)
    return pd.DataFrame(
        {
            "timestamp": pd.to_datetime(1_700_000_000 + 60 * np.arange(count), unit="s", utc=True),
            "symbol": "ALFA",
            "open": close - 0.5,
            "high": close + 1,
            "low": close - 1,
            "close": close,
            "volume": 10,
        }
    ).rename(columns={"timestamp": "start_us"})


@pytest.mark.parametrize("name", ["r.csv", "r.csv.gz", "r.parquet"])
def test_every_format_gives_the_same_rows(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    frame = rows()
    frame.to_parquet(path) if name.endswith("parquet") else frame.to_csv(path, index=False)
    source = read_source(path)
    assert (source.kind, source.symbols, source.name) == ("rows", ["ALFA"], str(path))
    assert len(source.sha256) == 64
    pd.testing.assert_frame_equal(source.frame, frame[["timestamp_us", "symbol", "volume", "bid", "ask"]])


def test_a_recording_gives_each_row_once(tmp_path: Path) -> None:
    path = tmp_path / "day.qdr"
    with RecordingWriter(path) as writer:
        for sequence in (1, 2, 2, 3):
            row = pb.MarketData(
                symbol="ALFA", timestamp_us=sequence, bid=10, ask=11, epoch=1, sequence=sequence, volume=3
            )
            if sequence == 3:
                row.price = 10.5
                row.ClearField("ask")
            writer.write(sequence, Stream.MARKET_DATA, row.SerializeToString())
            writer.write(sequence, Stream.RISK, b"")
    frame = read_source(path).frame
    assert frame["timestamp_us"].tolist() == [1, 2, 3]
    assert frame["volume"].tolist() == [0, 0, 3]
    assert np.isnan(frame["ask"].iloc[2])


def test_bars_carry_gaps_forward_and_keep_their_range(tmp_path: Path) -> None:
    path = tmp_path / "b.parquet"
    given = bars(6).drop(index=3)
    given.to_parquet(path)
    source = read_source(path)
    assert source.kind == "bars"
    [made] = build_bars(source, 60 * SECOND)
    # The fourth is carried forward; the last one is closed by no later row.
    np.testing.assert_array_equal(made.close, [100, 101, 102, 102, 104])
    np.testing.assert_array_equal(made.high, [101, 102, 103, 102, 105])
    np.testing.assert_array_equal(made.volume, [10, 10, 10, 0, 10])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda f: f.drop(columns="ask"), "the column ask is missing"),
        (lambda f: f.drop(columns="volume"), "the column volume is missing"),
        (lambda f: f.head(0), "there is no row in it"),
        (lambda f: f.assign(bid="high"), "the column bid holds what is no number"),
        (lambda f: f.assign(bid=["1", "NaN", "1", "1", "1"]), "the column bid holds what is no number"),
        (lambda f: f.assign(volume=[1, 1, -1, 1, 1]), "row 3: volume must be a number, 0 or more"),
        (lambda f: f.assign(volume=[1, np.nan, 1, 1, 1]), "row 2: volume"),
        (lambda f: f.iloc[[0, 1, 3, 2, 4]], "row 4: time runs backwards"),
        (lambda f: f.assign(timestamp_us=f.timestamp_us + 0.5), "whole microseconds"),
    ],
)
def test_what_can_not_be_true_is_named(tmp_path: Path, change: object, told: str) -> None:
    path = tmp_path / "r.csv"
    change(rows()).to_csv(path, index=False)  # type: ignore[operator]
    with pytest.raises(SourceError, match=told) as refused:
        read_source(path)
    assert str(path) in str(refused.value)


def test_a_symbol_may_be_called_what_others_call_nothing(tmp_path: Path) -> None:
    rows().assign(symbol="NA").to_csv(tmp_path / "r.csv", index=False)
    assert set(read_source(tmp_path / "r.csv").frame["symbol"]) == {"NA"}


def test_no_file_no_database_and_no_table_are_sentences(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SourceError, match="no such file"):
        read_source(tmp_path / "none.csv")
    damaged = tmp_path / "d.parquet"
    damaged.write_bytes(b"PAR1 and nothing")
    with pytest.raises(SourceError, match="can't be read"):
        read_source(damaged)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    with pytest.raises(SourceError, match="DATABASE_URL is not set"):
        read_source("postgresql:bars")
