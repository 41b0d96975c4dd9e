"""What a promotion, or a candidate beside the live model, is told to have become, by what the bridge says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from console.cli import asking, live_model
from console.cli.errors import RefusedError, UnknownOutcomeError
from console.cli.live_model import await_live, await_shadow
from console.core.config import BRIDGE, SystemConfig
from console.core.identity import now_us
from console.core.paths import Home
from console.proto import messages_pb2 as pb
from tests.unit.core.test_control import Service

MISSING = "ONNX Runtime cannot be used: libonnxruntime.so was not found"
UNREADABLE = "the registry registry.json cannot be used: it is not JSON"


@pytest.fixture
def bridge(desk_home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AbstractContextManager[None]]:
    """A bridge that answers every ping with a state of its models, as it looked just now or `looked_us`."""
    monkeypatch.setenv("QUARTERDECK_HOME", str(desk_home))
    monkeypatch.setattr(asking, "service_runs", lambda *_: True)
    home = Home.resolve()
    home.prepare()
    address = SystemConfig.in_force(home).control_address(BRIDGE)

    @contextmanager
    def serve(model: pb.ModelStatus, looked_us: int | None = None) -> Iterator[None]:
        def answer(_: pb.ControlRequest) -> pb.ControlReply:
            told = pb.ModelStatus()
            told.CopyFrom(model)
            told.looked_us = now_us() if looked_us is None else looked_us
            return pb.ControlReply(pong=pb.Pong(model=told))

        service = Service(address, BRIDGE, answer)
        service.start()
        try:
            yield
        finally:
            service.end()

    return serve


@pytest.mark.parametrize(
    ("model", "told"),
    [
        (pb.ModelStatus(reason=MISSING), f"{MISSING}. It has no model"),
        (pb.ModelStatus(reason="model new: its file is gone"), "its file is gone. It has no model"),
        (
            pb.ModelStatus(loaded=True, version="old", rejected_reason=UNREADABLE),
            f"{UNREADABLE}. It goes on with old",
        ),
        (
            pb.ModelStatus(
                loaded=True, version="old", rejected_version="new", rejected_reason="model new: no"
            ),
            "model new: no. It goes on with old",
        ),
    ],
)
def test_why_a_promotion_was_refused_is_told_at_once(bridge, model: pb.ModelStatus, told: str) -> None:
    with bridge(model), pytest.raises(RefusedError, match=r"^new is live in the registry") as refused:
        await_live("new")
    assert told in refused.value.message


@pytest.mark.parametrize(
    ("model", "told"),
    [
        (pb.ModelStatus(shadow=pb.ShadowStatus(reason=MISSING)), MISSING),
        (pb.ModelStatus(shadow=pb.ShadowStatus(version="new", reason="model new: no")), "model new: no"),
        (pb.ModelStatus(loaded=True, version="old", rejected_reason=UNREADABLE), UNREADABLE),
        (pb.ModelStatus(reason=UNREADABLE), UNREADABLE),
    ],
)
def test_why_a_candidate_does_not_run_is_told_at_once(bridge, model: pb.ModelStatus, told: str) -> None:
    with bridge(model), pytest.raises(RefusedError) as refused:
        await_shadow("new")
    assert refused.value.message == f"The desk refused to run new: {told}."


def test_what_is_said_of_an_older_registry_or_of_another_model_is_no_answer(
    bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_model, "WITHIN_S", 0.2)
    other = pb.ModelStatus(loaded=True, version="old", rejected_version="third", rejected_reason="no")
    for model, looked_us in ((pb.ModelStatus(reason=MISSING), 1), (other, None)):
        with bridge(model, looked_us), pytest.raises(UnknownOutcomeError, match=r"did not say within 0\.2 s"):
            await_live("new")
    running = pb.ModelStatus(shadow=pb.ShadowStatus(version="third", loaded=True))
    with bridge(running), pytest.raises(UnknownOutcomeError, match="No candidate is to run"):
        await_shadow(None)


def test_what_is_taken_over_is_told_also_beside_an_older_refusal(bridge) -> None:
    with bridge(pb.ModelStatus(loaded=True, version="new", rejected_reason=UNREADABLE)):
        assert await_live("new") == "new is live: the desk trades on it."
    with bridge(pb.ModelStatus(shadow=pb.ShadowStatus(version="new", loaded=True))):
        assert "new runs beside the live model" in await_shadow("new")
    with bridge(pb.ModelStatus(loaded=True, version="old")):
        assert await_shadow(None) == "No candidate runs beside the live model."
