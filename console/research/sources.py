"""Market data for research: recordings of the desk, the replay formats, bars, from files and from PostgreSQL.

Whatever the source, it ends as rows (`timestamp_us`, `symbol`, `volume`, `bid`, `ask`) or as bars
(`start_us`, `symbol`, `open`, `high`, `low`, `close`, `volume`, optionally `spread` in units of the price);
the columns tell which. What can't be true is refused with the place, never mended in silence.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from console.core.recording import RecordingError, Stream, is_recording, read_recording
from console.proto import messages_pb2 as pb

ROW_COLUMNS = ("timestamp_us", "symbol", "volume", "bid", "ask")
BAR_COLUMNS = ("start_us", "symbol", "open", "high", "low", "close", "volume")
OPTIONAL_BAR_COLUMNS = ("spread",)
POSTGRES = "postgresql:"


class SourceError(ValueError):
    """The data can't be used; the sentence names the source, the place and the remedy."""


@dataclass(frozen=True)
class Source:
    """Rows or bars in one frame, in event-time order within each symbol.

    `name` is what was asked for; `sha256` that of the file, or of the values where there is no file.
    """

    name: str
    kind: Literal["rows", "bars"]
    frame: pd.DataFrame
    sha256: str

    @property
    def symbols(self) -> list[str]:
        """The symbols in it, sorted."""
        return sorted(self.frame["symbol"].unique().tolist())


def read_source(where: str | Path) -> Source:
    """Reads a file (a recording, CSV, gzipped CSV, Parquet), or `postgresql:QUERY_OR_TABLE`.

    The database is the one `DATABASE_URL` names; it is only read, and its rows are put in order of time.
    Raises `SourceError`.
    """
    name = str(where)
    if name.startswith(POSTGRES):
        frame = _from_postgres(name.removeprefix(POSTGRES))
        digest = hashlib.sha256(
            pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes()
        ).hexdigest()
        return _checked(name, frame, digest)
    path = Path(where)
    if not path.is_file():
        raise SourceError(f"{path}: there is no such file.")
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise SourceError(f"{path}: it can't be read: {error.strerror}.") from error
    return _checked(name, _from_file(path), digest)


def _from_file(path: Path) -> pd.DataFrame:
    try:
        if is_recording(path):
            return _from_recording(path)
        if path.name.endswith(".parquet"):
            return pd.read_parquet(path)
        # Nothing between two commas is a side without a quote; a NaN written there is a fault.
        return pd.read_csv(path, dtype={"symbol": str}, keep_default_na=False, na_values=[""])
    except RecordingError as error:
        raise SourceError(str(error)) from error
    except (OSError, EOFError, ValueError, UnicodeDecodeError) as error:
        # pandas and Arrow raise these for what they can't read; each says where.
        raise SourceError(f"{path}: it can't be read as recording, CSV or Parquet ({error}).") from error


def _from_recording(path: Path) -> pd.DataFrame:
    """The market data of a recording; the last value that a late subscriber got stands once."""
    columns: dict[str, list[object]] = {name: [] for name in ROW_COLUMNS}
    newest: dict[tuple[str, int], int] = {}
    for record in read_recording(path):
        if record.stream is not Stream.MARKET_DATA:
            continue
        row = pb.MarketData.FromString(record.payload)
        if newest.get((row.symbol, row.epoch), 0) >= row.sequence:
            continue
        newest[row.symbol, row.epoch] = row.sequence
        columns["timestamp_us"].append(row.timestamp_us)
        columns["symbol"].append(row.symbol)
        columns["volume"].append(row.volume if row.HasField("price") else 0.0)
        columns["bid"].append(row.bid if row.HasField("bid") else np.nan)
        columns["ask"].append(row.ask if row.HasField("ask") else np.nan)
    return pd.DataFrame(columns)


def _from_postgres(query: str) -> pd.DataFrame:
    import psycopg2

    url = os.environ.get("DATABASE_URL")
    if not url:
        raise SourceError("DATABASE_URL is not set: it names the database that postgresql:… is read from.")
    text = query.strip()
    if text.replace("_", "").replace(".", "").isalnum():
        text = f"SELECT * FROM {text}"
    try:
        with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
            # Whatever the query says, it changes nothing.
            connection.set_session(readonly=True)
            cursor.execute(text)
            if cursor.description is None:
                raise SourceError("postgresql: the query gives no rows; use a SELECT or the name of a table.")
            names = [column.name for column in cursor.description]
            return _in_order(pd.DataFrame(cursor.fetchall(), columns=names))
    except psycopg2.Error as error:
        raise SourceError(f"postgresql: {str(error).strip()}") from error


def _in_order(frame: pd.DataFrame) -> pd.DataFrame:
    """By time and symbol: a table has no order of its own. Rows of the same moment stay as they came."""
    columns = [name for name in ("timestamp_us", "start_us", "symbol") if name in frame.columns]
    try:
        return frame.sort_values(columns, kind="stable", ignore_index=True) if columns else frame
    except TypeError:
        # Values that can't be compared are no times: the check of the column names the place.
        return frame


def _checked(name: str, frame: pd.DataFrame, digest: str) -> Source:
    kind: Literal["rows", "bars"] = "rows" if {"bid", "ask"} & set(frame.columns) else "bars"
    wanted = ROW_COLUMNS if kind == "rows" else BAR_COLUMNS
    time = wanted[0]
    if kind == "bars" and time not in frame.columns and "timestamp_us" in frame.columns:
        frame = frame.rename(columns={"timestamp_us": time})
    missing = [column for column in wanted if column not in frame.columns]
    if missing:
        raise SourceError(
            f"{name}: the column {missing[0]} is missing. Rows have {', '.join(ROW_COLUMNS)}; bars have "
            f"{', '.join(BAR_COLUMNS)}."
        )
    optional = [column for column in OPTIONAL_BAR_COLUMNS if kind == "bars" and column in frame.columns]
    frame = frame[[*wanted, *optional]].copy()
    if frame.empty:
        raise SourceError(f"{name}: there is no row in it.")
    frame["symbol"] = frame["symbol"].astype(str)
    for column in frame.columns.drop("symbol"):
        frame[column] = _numbers(name, frame[column], whole=column == time)
    # The bid or the ask may be missing in a thin market; a bar has all of its prices.
    must = (
        ["volume"]
        if kind == "rows"
        else [column for column in frame.columns if column not in (time, "symbol")]
    )
    for column in must:
        bad = ~(np.isfinite(frame[column]) & (frame[column] >= 0))
        if bad.any():
            raise SourceError(f"{name}: row {_row(bad)}: {column} must be a number, 0 or more.")
    backwards = frame.groupby("symbol")[time].diff() < (0 if kind == "rows" else 1)
    if backwards.any():
        raise SourceError(
            f"{name}: row {_row(backwards)}: time runs backwards within its symbol; sort the rows."
        )
    return Source(name, kind, frame.reset_index(drop=True), digest)


def _numbers(name: str, column: pd.Series, *, whole: bool) -> pd.Series:
    if whole and pd.api.types.is_datetime64_any_dtype(column):
        # A time without a zone is UTC.
        moments = pd.to_datetime(column, utc=True).dt.tz_localize(None)
        return moments.astype("datetime64[us]").astype(np.int64)
    try:
        numbers = pd.to_numeric(column, errors="raise")
    except (ValueError, TypeError) as error:
        raise SourceError(f"{name}: the column {column.name} holds what is no number ({error}).") from error
    if whole:
        if not pd.api.types.is_integer_dtype(numbers):
            raise SourceError(f"{name}: the column {column.name} must hold whole microseconds.")
        return numbers.astype(np.int64)
    return numbers.astype(np.float64)


def _row(bad: pd.Series) -> int:
    """The first bad row, counted from 1 and without the header."""
    return int(np.flatnonzero(bad.to_numpy())[0]) + 1
