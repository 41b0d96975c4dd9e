"""What a model is to foretell: labels that look into the future by a stated horizon, and no further."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import trading_rust
from numpy.typing import NDArray

HOLD, BUY, SELL = 0, 1, 2
CLASS_NAMES = ("hold", "buy", "sell")

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Labelling:
    """How bars are labelled.

    `forward`: BUY (SELL) when the mid rises (falls) over `horizon` bars by more than the cost of a round
    trip.
    `barrier`: the first of three barriers that is touched (M. López de Prado, Advances in Financial Machine
    Learning, 2018, section 3.4): the upper and the lower one lie `width` times σ·√horizon away (σ the
    deviation of a bar's return over the last 50), but never nearer than the cost; the third is the end of
    the horizon, which gives HOLD, as does a bar whose range touches both.
    """

    kind: Literal["forward", "barrier"] = "forward"
    horizon: int = 40
    width: float = 1.0

    def __post_init__(self) -> None:
        if self.horizon < 1:
            raise ValueError(f"horizon: must be 1 bar or more, not {self.horizon}")
        if not self.width > 0:
            raise ValueError(f"width: must be above 0, not {self.width}")

    def describe(self) -> str:
        """In one line, for the record."""
        if self.kind == "forward":
            return f"mid over the next {self.horizon} bars against the cost of a round trip"
        return f"first of three barriers, {self.width:g}·σ·√{self.horizon} away, within {self.horizon} bars"


def label(
    labelling: Labelling, close: Floats, high: Floats, low: Floats, cost: Floats
) -> tuple[NDArray[np.int64], Floats]:
    """Labels and the returns they stand for, of each bar that has its whole horizon.

    All arrays are one value a bar; both results are `horizon` shorter. `cost` is a fraction of the price.
    """
    if labelling.kind == "barrier":
        return trading_rust.label_barriers(close, high, low, cost, labelling.horizon, labelling.width)
    return trading_rust.label_forward(close, cost, labelling.horizon)
