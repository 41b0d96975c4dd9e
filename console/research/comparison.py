"""How a candidate decided beside the live model, by the records of both on the same ticks."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from console.research.entry import RegistryError
from console.research.scores import rounded

FILE = "shadow.csv"
# The recorder puts a full file aside under this name.
BEFORE = "shadow.csv.1"
WORDS = ("HOLD", "BUY", "SELL")
LIVE = ["live_hold", "live_buy", "live_sell"]
SHADOW = ["shadow_hold", "shadow_buy", "shadow_sell"]
# Year 2286: a time with a part of another in front of it has more digits.
LATEST_US = 10**16
# The bridge takes no probabilities that are further from one in all.
SUM_TOLERANCE = 1e-3


@dataclass(frozen=True)
class Comparison:
    """Two versions on the same bars.

    `agreement` is the share of equal decisions; `decisions` counts live → shadow. The differences are of the
    probabilities, absolute, over all three classes.
    """

    live: str
    shadow: str
    bars: int
    first_us: int
    last_us: int
    agreement: float
    decisions: dict[str, int]
    mean_difference: float
    largest_difference: float

    def to_json(self) -> dict[str, Any]:
        """For scripts."""
        values: dict[str, Any] = rounded(asdict(self))
        return values


def compare(state: Path, live: str, shadow: str) -> Comparison:
    """Compare from the records in `state`, the desk's folder. Raises `RegistryError` when there are none."""
    frames = [_read(state / name) for name in (BEFORE, FILE) if (state / name).is_file()]
    rows = pd.concat(frames) if frames else pd.DataFrame()
    if len(rows):
        rows = rows[(rows["live_version"] == live) & (rows["shadow_version"] == shadow)]
    if not len(rows):
        raise RegistryError(
            f"{shadow} never ran beside {live} on this desk: quarterdeck models shadow {shadow} lets it, "
            f"while {live} is live"
        )
    pairs = rows.groupby(["live_signal", "shadow_signal"]).size()
    difference = np.abs(rows[LIVE].to_numpy() - rows[SHADOW].to_numpy())
    return Comparison(
        live=live,
        shadow=shadow,
        bars=len(rows),
        first_us=int(rows["timestamp_us"].min()),
        last_us=int(rows["timestamp_us"].max()),
        agreement=float((rows["live_signal"] == rows["shadow_signal"]).mean()),
        decisions={f"{one} → {other}": int(pairs.get((one, other), 0)) for one in WORDS for other in WORDS},
        mean_difference=float(difference.mean()),
        largest_difference=float(difference.max()),
    )


def _read(path: Path) -> pd.DataFrame:
    """The whole lines of a record in which one may be half written, or the next one written behind it; empty
    at its beginning."""
    words = dict.fromkeys(("live_version", "shadow_version", "live_signal", "shadow_signal"), str)
    columns = ["timestamp_us", *LIVE, *SHADOW]
    try:
        frame = pd.read_csv(path, dtype=words, on_bad_lines="skip")
        numbers = frame[columns].apply(pd.to_numeric, errors="coerce")
        texts = frame[list(words)]
    except pd.errors.EmptyDataError:
        return pd.DataFrame()
    except (KeyError, ValueError) as error:
        raise RegistryError(
            f"{path}: it is no record of a candidate ({error}); move it away, the desk begins another"
        ) from error
    whole = numbers["timestamp_us"].between(0, LATEST_US)
    for three in (LIVE, SHADOW):
        # A number that was cut off is no longer the rest to one.
        whole &= numbers[three].ge(0).all(axis=1) & numbers[three].sum(axis=1).sub(1).abs().le(SUM_TOLERANCE)
    for name in ("live_signal", "shadow_signal"):
        whole &= texts[name].isin(WORDS)
    rows: pd.DataFrame = pd.concat([numbers, texts], axis=1)[whole]
    return rows.astype({"timestamp_us": np.int64})
