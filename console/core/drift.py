"""How far live features have drifted from those a model was trained on, as the signal bridge tells it.

The population stability index, of each feature over the newest bars of all symbols: customarily below 0.1
nothing has changed, up to 0.25 something has, and above it the population is another one (N. Siddiqi, Credit
Risk Scorecards, 2006).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from console.proto import messages_pb2 as pb

SOME = 0.1
STRONG = 0.25
# Of fewer bars chance alone makes an index that looks like drift: with ten bins about 9 over their number.
FEWEST_BARS = 200


@dataclass(frozen=True, slots=True)
class DriftRow:
    """The live model's drift: each feature's index, the largest first. None at all: it has no reference."""

    version: str
    bars: int
    features: tuple[tuple[str, float], ...]

    @property
    def known(self) -> bool:
        """There is a reference, and enough bars were seen beside it."""
        return bool(self.features) and self.bars >= FEWEST_BARS

    @property
    def strong(self) -> bool:
        """What the model sees is not what it was trained on."""
        return self.known and self.features[0][1] > STRONG

    def describe(self) -> str:
        """The worst feature and its index, or why there is none, in a few words."""
        if not self.features:
            return "drift: no reference"
        if not self.known:
            return f"drift: {self.bars} of {FEWEST_BARS} bars"
        name, index = self.features[0]
        return f"drift {index:.2f} {name}"

    def to_json(self) -> dict[str, Any]:
        """For scripts."""
        return {
            "version": self.version,
            "bars": self.bars,
            "strong": self.strong,
            "features": {name: round(index, 6) for name, index in self.features},
        }


def drift_of(pong: pb.Pong) -> DriftRow | None:
    """What the signal bridge said of its live model; None when there is none."""
    if not pong.HasField("model") or not pong.model.loaded:
        return None
    model = pong.model
    worst_first = sorted(((one.name, one.psi) for one in model.drift), key=lambda one: -one[1])
    return DriftRow(model.version, model.drift_samples, tuple(worst_first))
