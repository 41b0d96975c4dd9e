"""Recordings of a desk: every message as it came, with the time of its arrival, in one file.

The file is a line that names the format, then records: arrival time in microseconds since 1970 (int64),
stream (uint8), length (uint32), all little-endian, and the message itself. A name in `.gz` is compressed.
A recorder that was killed leaves a last record cut short: a reader takes all before it.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from gzip import GzipFile
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Literal, Self, cast

FORMAT = b"QUARTERDECK RECORDING 1\n"
HEAD = struct.Struct("<qBI")
# No message of the desk is larger than this: a length beyond it is a damaged file.
LARGEST = 64 * 1024 * 1024

# What reading a file raises that is damaged, compressed or not.
DAMAGES = (OSError, EOFError, zlib.error)

# Of a .gz: fast enough for a busy desk.
COMPRESSION = 4


class Stream(IntEnum):
    """Where a record came from, and thus what it is."""

    MARKET_DATA = 1  # MarketData
    SIGNALS = 2  # TradingSignal
    RISK = 3  # RiskEvent
    EXECUTION = 4  # ExecutionEvent
    CONTROL = 5  # ControlReply: the pongs of every service, and snapshots of engine and risk manager


class RecordingError(Exception):
    """The file is no recording, or damaged; the text names the file and the place."""


@dataclass(frozen=True, slots=True)
class Record:
    """One message and when it arrived."""

    at_us: int
    stream: Stream
    payload: bytes


class RecordingWriter:
    """Writes a new recording at `path`; an existing file is never overwritten."""

    def __init__(self, path: Path) -> None:
        try:
            self._file = _open(path, "xb")
        except FileExistsError as error:
            raise RecordingError(f"{path} exists already; give the recording another name.") from error
        except OSError as error:
            raise RecordingError(f"{path} can't be written: {error.strerror}.") from error
        self.path = path
        self.records = 0
        self._file.write(FORMAT)

    def write(self, at_us: int, stream: Stream, payload: bytes) -> None:
        """Append one message."""
        self._file.write(HEAD.pack(at_us, stream, len(payload)))
        self._file.write(payload)
        self.records += 1

    def flush(self) -> None:
        """Hand what is written to the system, so that little is lost with this process."""
        self._file.flush()

    def close(self) -> None:
        """Complete the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def read_recording(path: Path) -> Iterator[Record]:
    """Every record of the file, oldest first. Raises `RecordingError`."""
    try:
        opened = _open(path, "rb")
    except OSError as error:
        raise RecordingError(f"{path} can't be read: {error.strerror}.") from error
    with opened as file:
        try:
            first = file.read(len(FORMAT))
        except DAMAGES as error:
            raise RecordingError(f"{path} is no recording of a desk ({error}).") from error
        if first != FORMAT:
            raise RecordingError(f"{path} is no recording of a desk: `quarterdeck record` makes one.")
        number = 0
        while True:
            number += 1
            try:
                head = _read(file, HEAD.size)
            except DAMAGES as error:
                raise RecordingError(f"{path}: record {number} can't be read ({error}).") from error
            if len(head) < HEAD.size:
                return
            at_us, stream, length = HEAD.unpack(head)
            if length > LARGEST or stream not in Stream._value2member_map_:
                raise RecordingError(
                    f"{path}: record {number} is damaged (stream {stream}, {length} bytes); what lies before "
                    "it can be read by cutting the file there."
                )
            try:
                payload = _read(file, length)
            except DAMAGES as error:
                raise RecordingError(f"{path}: record {number} can't be read ({error}).") from error
            if len(payload) < length:
                return
            yield Record(at_us, Stream(stream), payload)


def is_recording(path: Path) -> bool:
    """The file begins as a recording does."""
    try:
        with _open(path, "rb") as file:
            return file.read(len(FORMAT)) == FORMAT
    except DAMAGES:
        return False


def _open(path: Path, mode: Literal["rb", "xb"]) -> BinaryIO:
    opened = GzipFile(path, mode, COMPRESSION) if path.suffix == ".gz" else path.open(mode)
    return cast(BinaryIO, opened)


def _read(file: BinaryIO, size: int) -> bytes:
    """As much as there is, `size` at most: a compressed file that was cut short just ends."""
    try:
        return file.read(size)
    except EOFError:
        return b""
