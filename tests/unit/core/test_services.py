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


@pytest.mark.parametrize(
    ("store", "told"),
    [
        (pb.StoreStatus(state=pb.StoreStatus.OK), "store ok"),
        (
            pb.StoreStatus(state=pb.StoreStatus.BEHIND, lag_ms=2_100, backlog=7, detail="7 entries wait"),
            "store behind, 2,100 ms behind, 7 waiting",
        ),
        (
            pb.StoreStatus(state=pb.StoreStatus.DIFFERS, detail="the database holds other commands"),
            "store differs: the database holds other commands",
        ),
    ],
)
def test_a_store_that_differs_says_in_what(store: pb.StoreStatus, told: str) -> None:
    assert describe(pb.Pong(store=store)) == told
