"""Recordings: what is written is read, what is cut or damaged is said."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.recording import (
    FORMAT,
    HEAD,
    Record,
    RecordingError,
    RecordingWriter,
    Stream,
    is_recording,
    read_recording,
)

RECORDS = st.lists(
    st.builds(
        Record, st.integers(-(2**63), 2**63 - 1), st.sampled_from(list(Stream)), st.binary(max_size=200)
    ),
    max_size=20,
)


def written(path: Path, records: list[Record]) -> Path:
    with RecordingWriter(path) as writer:
        for record in records:
            writer.write(record.at_us, record.stream, record.payload)
    return path


@given(RECORDS, st.sampled_from(["a.qdr", "a.qdr.gz"]))
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, records: list[Record], name: str
) -> None:
    path = written(tmp_path_factory.mktemp("r") / name, records)
    assert is_recording(path)
    assert list(read_recording(path)) == records


@given(RECORDS.filter(bool), st.data())
def test_a_file_cut_anywhere_gives_the_records_before_the_cut(
    tmp_path_factory: pytest.TempPathFactory, records: list[Record], data: st.DataObject
) -> None:
    path = written(tmp_path_factory.mktemp("r") / "a.qdr", records)
    whole = path.read_bytes()
    cut = data.draw(st.integers(len(FORMAT), len(whole)))
    path.write_bytes(whole[:cut])
    ends, at = [], len(FORMAT)
    for record in records:
        at += HEAD.size + len(record.payload)
        ends.append(at)
    assert list(read_recording(path)) == records[: sum(end <= cut for end in ends)]


def test_a_compressed_file_that_was_cut_gives_what_is_whole(tmp_path: Path) -> None:
    records = [Record(at, Stream.SIGNALS, bytes([at % 251]) * 50) for at in range(5_000)]
    path = written(tmp_path / "a.qdr.gz", records)
    path.write_bytes(path.read_bytes()[:-40])
    found = list(read_recording(path))
    assert 0 < len(found) < len(records)
    assert found == records[: len(found)]


def test_no_recording_a_damaged_one_and_an_existing_file_are_refused(tmp_path: Path) -> None:
    other = tmp_path / "rows.csv"
    other.write_text("timestamp_us,symbol\n")
    assert not is_recording(other)
    with pytest.raises(RecordingError, match=r"rows\.csv is no recording"):
        list(read_recording(other))
    with pytest.raises(RecordingError, match="No such file"):
        list(read_recording(tmp_path / "none"))
    damaged = written(tmp_path / "d.qdr", [Record(1, Stream.RISK, b"abc")])
    damaged.write_bytes(damaged.read_bytes() + HEAD.pack(2, 99, 4) + b"abcd")
    with pytest.raises(RecordingError, match="record 2 is damaged"):
        list(read_recording(damaged))
    with pytest.raises(RecordingError, match="exists already"):
        RecordingWriter(other)
    assert other.read_text() == "timestamp_us,symbol\n"


@given(RECORDS, st.sampled_from(["a.qdr", "a.qdr.gz"]), st.integers(0, 2**32), st.binary(max_size=30))
def test_a_spoilt_file_is_refused_by_its_name_or_read_up_to_the_damage(
    tmp_path_factory: pytest.TempPathFactory, records: list[Record], name: str, place: int, patch: bytes
) -> None:
    path = written(tmp_path_factory.mktemp("spoilt") / name, records)
    whole = path.read_bytes()
    place %= len(whole) + 1
    path.write_bytes(whole[:place] + patch + whole[place + len(patch) :])
    refused = ""
    try:
        read = list(read_recording(path))
    except RecordingError as error:
        refused = str(error)
        read = []
    assert not refused or str(path) in refused
    assert all(isinstance(record.stream, Stream) for record in read)
    is_recording(path)
