"""What the running signal bridge makes of a change of the registry: asked, never assumed."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from console.cli.asking import ask_running
from console.cli.errors import RefusedError, UnknownOutcomeError
from console.cli.output import say
from console.core.config import BRIDGE, ConfigError, SystemConfig
from console.core.control import ControlClient, NoAnswer
from console.core.desk import service_runs
from console.core.identity import now_us
from console.core.paths import Home
from console.proto import messages_pb2 as pb

# A bridge that runs takes a model over in under a second; a loaded machine is given longer.
WITHIN_S = 10.0
LOOK_S = 0.05


def running_bridge() -> pb.Pong | None:
    """What the bridge says of itself; None when none runs, and with a word of it when it doesn't answer."""
    try:
        return ask_running(BRIDGE, lambda client: client.ping())
    except (NoAnswer, ConfigError) as error:
        say(f"What the desk makes of its models is not known: {error}")
        return None


def await_live(version: str, back: str | None = None) -> str:
    """What became of a promotion, in a sentence. `back` is the command that puts the registry back.

    Raises `RefusedError` when the bridge refuses the model, `UnknownOutcomeError` when it doesn't tell in
    time.
    """

    def decided(model: pb.ModelStatus) -> str | None:
        if model.loaded and model.version == version:
            return f"{version} is live: the desk trades on it."
        if not model.loaded and model.reason:
            raise RefusedError(
                f"{version} is live in the registry, and the desk refused it: {model.reason}. It has no "
                "model to trade on and its gate is closed; quarterdeck status says what opens it."
            )
        # What is not about any version keeps this one from being loaded as well.
        if model.rejected_reason and model.rejected_version in ("", version):
            remedy = f"; {back} puts the registry back" if back else ""
            raise RefusedError(
                f"{version} is live in the registry, and the desk refused it: {model.rejected_reason}. It "
                f"goes on with {model.version}{remedy}."
            )
        return None

    wanted = _signal_model()
    if wanted != "live":
        return f"{version} is live in the registry; this desk trades on {wanted}, as its signal.model says."
    return _ask_until(decided, f"{version} is live in the registry") or (
        f"{version} is promoted; no signal bridge answers, so it will be live when the desk runs."
    )


def await_shadow(version: str | None) -> str:
    """What became of a candidate that shall run beside the live model, or of its end.

    Raises as `await_live`.
    """

    def decided(model: pb.ModelStatus) -> str | None:
        if version is None:
            return None if model.HasField("shadow") else "No candidate runs beside the live model."
        if model.shadow.version == version and model.shadow.loaded:
            return (
                f"{version} runs beside the live model: quarterdeck models compare {version} compares them."
            )
        # A registry that the desk can't read names no candidate: then it says so of the live model.
        reason = model.shadow.reason or model.rejected_reason or model.reason
        if reason and model.shadow.version in ("", version):
            raise RefusedError(f"The desk refused to run {version}: {reason}.")
        return None

    what = "No candidate" if version is None else version
    return _ask_until(decided, f"{what} is to run beside the live model, says the registry") or (
        f"{what} will run beside the live model when the desk runs: no signal bridge answers."
    )


def shadow_of(pong: pb.Pong | None, version: str) -> dict[str, Any] | None:
    """How the candidate `version` runs on the desk; None when it doesn't."""
    if pong is None or not pong.model.HasField("shadow") or pong.model.shadow.version != version:
        return None
    shadow = pong.model.shadow
    return {
        "loaded": shadow.loaded,
        "reason": shadow.reason,
        "decisions": shadow.decisions,
        "disagreements": shadow.disagreements,
        "unrecorded": shadow.unrecorded,
    }


def describe_shadow(told: dict[str, Any]) -> str:
    """In one line."""
    if not told["loaded"]:
        return f"refused by the desk: {told['reason']}"
    lost = f"; {told['unrecorded']:,} of them are in no record" if told["unrecorded"] else ""
    other = f"{told['disagreements']:,} of them otherwise than the live model"
    return f"{told['decisions']:,} decisions, {other}{lost}"


def _signal_model() -> str:
    """The model that the desk's configuration names."""
    return str(SystemConfig.in_force(Home.resolve()).section("signal").get("model", "live"))


def _ask_until(decided: Callable[[pb.ModelStatus], str | None], done: str) -> str | None:
    """The first sentence that `decided` gives of what the bridge says; None when no bridge runs.

    What it says of a registry older than this question counts for nothing: it may be about to look again.
    """
    asked_us = now_us()

    def question(client: ControlClient) -> str:
        deadline = time.monotonic() + WITHIN_S
        while True:
            try:
                model = client.ping().model
                if model.looked_us >= asked_us and (told := decided(model)):
                    return told
            except NoAnswer:
                if not service_runs(Home.resolve(), BRIDGE):
                    raise
            if time.monotonic() >= deadline:
                raise UnknownOutcomeError(
                    f"{done}; the signal bridge did not say within {WITHIN_S:g} s that it took it over: "
                    "quarterdeck status shows what it trades on."
                )
            time.sleep(LOOK_S)

    return ask_running(BRIDGE, question)
