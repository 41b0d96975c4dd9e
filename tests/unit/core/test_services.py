"""What is told of a service in a few words."""

from __future__ import annotations

import pytest

from console.core.services import describe
from console.proto import messages_pb2 as pb


@pytest.mark.parametrize(
    ("bars", "told"),
    [
        ({"ALFA": 0, "BRVO": 12, "CHRL": 3}, "model m · warming up, 12 bars to go"),
        ({"ALFA": 0, "BRVO": 0}, "model m"),
        # Of these the source may know nothing: nobody waits for them.
        ({"ALFA": 0, "BRVO": 51}, "model m"),
        ({"ALFA": 50, "BRVO": 51}, "model m · warming up, 50 bars to go"),
        ({"ALFA": 51}, "model m"),
    ],
)
def test_a_model_waits_for_the_symbols_that_have_begun(bars: dict[str, int], told: str) -> None:
    model = pb.ModelStatus(loaded=True, version="m", bars_until_warm=bars)
    assert describe(pb.Pong(model=model)) == told
