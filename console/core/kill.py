"""The kill with proof, as the command line drives it.

The services latch and the engine cancels; this side waits for each stage. Where a service doesn't latch
within half a second its latch file is written here, and where the engine doesn't, the venue is told directly:
cancel everything, block the session, and say again what is open. A service that refuses is not silent: its
reason is passed on and nothing is done in its place.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import zmq
from google.protobuf.message import DecodeError

from console.core.config import SystemConfig
from console.core.control import ControlClient, NoAnswer, ServiceError
from console.core.controller import ENGINE, Acknowledgement, Outcome, StrategyController
from console.core.identity import now_us
from console.core.latch import write_latch
from console.core.paths import Home
from console.core.venue import VenueClient, VenueError
from console.proto import messages_pb2 as pb

# The engine's proof is waited for so long; then the venue is asked from here.
PROOF_S = 8.0
# The residual positions follow the proof at once, or not at all.
RESIDUAL_S = 0.5
# How long the venue's answers to cancels sent from here are waited for.
VENUE_S = 3.0
PING_EVERY_S = 0.25
# A stage that was missed lies among the engine's newest events.
LOOK_BACK = 1000
COMMAND_LINE = "command line"


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage that was reached, by whom, and when (microseconds since 1970)."""

    name: str
    at_us: int
    by: str
    text: str


@dataclass(slots=True)
class KillReport:
    """What a kill came to."""

    command_id: str
    scope: str
    acknowledgements: tuple[Acknowledgement, ...] = ()
    stages: list[Stage] = field(default_factory=list)
    open_before: int | None = None
    open_after: int | None = None
    unresolved: list[dict[str, str]] = field(default_factory=list)
    positions: list[dict[str, Any]] = field(default_factory=list)
    # Latched here because the service did not.
    latched_here: list[str] = field(default_factory=list)
    # Why nobody could tell what is open at the venue.
    unknown: str = ""
    # Why it was refused, by this side or by a service.
    refused: str = ""

    @property
    def verified(self) -> bool:
        """The venue was asked again after the cancels and holds no open order."""
        return self.stage == "VERIFIED" and not self.unresolved

    @property
    def stage(self) -> str | None:
        """How far it came: VERIFIED where that was reached, whatever followed."""
        names = [stage.name for stage in self.stages]
        # RESIDUAL is never told without the proof before it.
        return "VERIFIED" if {"VERIFIED", "RESIDUAL"} & set(names) else names[-1] if names else None

    def to_json(self) -> dict[str, Any]:
        """As `kill --json` prints it."""
        return {
            "command_id": self.command_id,
            "scope": self.scope,
            "stage": self.stage,
            "acks": [
                {"service": a.service, "outcome": a.outcome.name, "ms": a.milliseconds, "reason": a.reason}
                for a in self.acknowledgements
            ],
            "stages": [{"name": stage.name, "at_us": stage.at_us, "by": stage.by} for stage in self.stages],
            "open_before": self.open_before,
            "open_after": self.open_after,
            "unresolved": self.unresolved,
            "positions": self.positions,
            "latched_here": self.latched_here,
            "unknown": self.unknown,
            "refused": self.refused,
        }


class Kill:
    """One kill, from the command to its proof. `on_stage` sees each stage as it comes."""

    def __init__(self, home: Home, reason: str, symbol: str, on_stage: Callable[[Stage], None]) -> None:
        self._home = home
        self._config = SystemConfig.in_force(home)
        self._reason = reason
        self._symbol = symbol
        self._on_stage = on_stage
        # The command whose stages prove this kill: an earlier one when the scope is killed already.
        self._followed = ""
        self.report = KillReport(command_id="", scope=symbol or "desk")

    def run(self) -> KillReport:
        """Latch, cancel, verify. A symbol the desk doesn't know is refused before anything is touched."""
        known = self._config.get_symbols()
        if self._symbol and self._symbol not in known:
            self.report.refused = f"{self._symbol} is no symbol of this desk; it knows {', '.join(known)}."
            return self.report
        # Subscribed before the command leaves, so that no stage is missed.
        events = self._subscribe()
        try:
            with StrategyController(home=self._home) as controller:
                answer = controller.activate_kill_switch(self._reason, self._symbol or None)
                self.report.command_id = self._followed = answer.command_id
                self.report.acknowledgements = answer.acknowledgements
            latched = [a.service for a in answer.acknowledgements if a.outcome.obeyed]
            refused = [a for a in answer.acknowledgements if a.outcome is Outcome.REFUSED]
            self.report.refused = " ".join(f"{a.service}: {a.reason}" for a in refused)
            if refused and ENGINE not in latched:
                return self.report
            self._latch_here(answer.command)
            if ENGINE in latched and self._is_new(answer.acknowledgements):
                self._follow_engine(events)
            if not self.report.verified:
                self._at_the_venue()
        finally:
            events.close(linger=0)
        return self.report

    def _is_new(self, acknowledgements: tuple[Acknowledgement, ...]) -> bool:
        """The engine has a proof to bring: False when an earlier kill brought it, so that it brings none now.

        Then the venue is asked from here, for what it holds open at this moment.
        """
        held = next(a.result.kill for a in acknowledgements if a.service == ENGINE)
        if held.command_id and held.command_id != self.report.command_id:
            self._followed = held.command_id
            self._reached("LATCHED", ENGINE, f"killed already, by {held.operator}: {held.reason}", held.at_us)
            return held.stage < pb.KillStage.VERIFIED
        return True

    def _latch_here(self, command: pb.StrategyCommand) -> None:
        """Write the latch of each service that gave no answer, so that it comes back killed."""
        entry = {
            "command_id": command.command_id,
            "at_us": command.issued_us,
            "operator": command.operator,
            "reason": command.reason,
        }
        for acknowledgement in self.report.acknowledgements:
            if not acknowledgement.outcome.obeyed and acknowledgement.outcome is not Outcome.REFUSED:
                write_latch(self._home, acknowledgement.service, entry, self._symbol)
                self.report.latched_here.append(acknowledgement.service)
        if self.report.latched_here:
            self._reached("LATCHED", COMMAND_LINE, f"latch files of {', '.join(self.report.latched_here)}")

    def _follow_engine(self, events: zmq.Socket[bytes]) -> None:
        """Take the engine's stages, from its stream and from its pongs, until the proof or the deadline."""
        deadline = time.monotonic() + PROOF_S
        next_ping = 0.0
        with ControlClient(self._config.control_address(ENGINE), ENGINE) as engine:
            while time.monotonic() < deadline:
                if events.poll(20):
                    self._take_event(events.recv())
                if time.monotonic() >= next_ping:
                    next_ping = time.monotonic() + PING_EVERY_S
                    try:
                        self._take_pong(engine, engine.ping())
                    except (NoAnswer, ServiceError):
                        # It may have died right after it latched: the deadline decides.
                        continue
                names = {stage.name for stage in self.report.stages if stage.by == ENGINE}
                if "VERIFIED" in names and "RESIDUAL" not in names:
                    deadline = min(deadline, time.monotonic() + RESIDUAL_S)
                if "RESIDUAL" in names:
                    return

    def _take_pong(self, engine: ControlClient, pong: pb.Pong) -> None:
        """Take the newest stage a pong shows, and first those before it that the stream did not bring."""
        new = [stage for stage in pong.trading.kills if self._is_unseen(stage)]
        if not new:
            return
        at = max(1, pong.last_sequence - LOOK_BACK)
        while at <= pong.last_sequence:
            replay = engine.replay(at, LOOK_BACK)
            for event in replay.execution:
                if event.WhichOneof("event") == "kill":
                    self._take_stage(event.kill)
            if replay.next_sequence <= at:
                break
            at = replay.next_sequence
        for stage in new:
            self._take_stage(stage)

    def _is_unseen(self, stage: pb.KillStage) -> bool:
        name = pb.KillStage.Stage.Name(stage.stage)
        seen = any(held.name == name and held.by == ENGINE for held in self.report.stages)
        return stage.command_id == self._followed and not seen

    def _subscribe(self) -> zmq.Socket[bytes]:
        events: zmq.Socket[bytes] = zmq.Context.instance().socket(zmq.SUB)
        events.setsockopt(zmq.LINGER, 0)
        events.setsockopt(zmq.RCVHWM, 100_000)
        events.setsockopt(zmq.SUBSCRIBE, b"")
        events.connect(self._config.address("execution_updates"))
        return events

    def _take_event(self, frame: bytes) -> None:
        try:
            event = pb.ExecutionEvent.FromString(frame)
        except DecodeError:
            # Not an event; the pongs tell the stages as well.
            return
        if event.WhichOneof("event") == "kill":
            self._take_stage(event.kill)

    def _take_stage(self, stage: pb.KillStage) -> None:
        if not self._is_unseen(stage):
            return
        name = pb.KillStage.Stage.Name(stage.stage)
        report = self.report
        if stage.stage >= pb.KillStage.CANCELLING:
            report.open_before = stage.open_before
        if stage.stage >= pb.KillStage.VERIFIED:
            report.open_after = stage.open_after
        report.unresolved = [
            {"client_order_id": open_order.client_order_id, "reason": open_order.reason}
            for open_order in stage.unresolved
        ]
        if stage.stage == pb.KillStage.RESIDUAL:
            report.positions = [position_json(position) for position in stage.residual]
        text = {
            pb.KillStage.LATCHED: f"{stage.open_before} orders working",
            pb.KillStage.CANCELLING: f"{stage.open_before} open orders",
            pb.KillStage.VERIFIED: f"open orders at the venue: {stage.open_after}",
            pb.KillStage.RESIDUAL: f"{len(report.positions)} positions left",
        }.get(stage.stage, stage.detail)
        self._reached(name, ENGINE, text, stage.at_us)

    def _at_the_venue(self) -> None:
        """Cancel and block at the venue from here, and ask it again on the same connection."""
        report = self.report
        try:
            with VenueClient.of(self._config) as venue:
                before = venue.open_orders(self._symbol)
                if report.open_before is None:
                    report.open_before = len(before)
                self._reached("CANCELLING", COMMAND_LINE, f"{len(before)} open orders, at the venue directly")
                reply = venue.mass_cancel(self._reason, self._symbol, kill_id=self._followed)
                refused = {order.client_order_id: order.reason for order in reply.refused}
                left = self._wait_for_none(venue)
                report.open_after = len(left)
                report.unresolved = [
                    {
                        "client_order_id": order.client_order_id,
                        "reason": refused.get(
                            order.client_order_id, "still open when the venue was asked again"
                        ),
                    }
                    for order in left
                ]
                positions = venue.positions()
                report.positions = [
                    position_json(position)
                    for position in positions
                    if position.quantity != 0 and self._symbol in ("", position.symbol)
                ]
        except (NoAnswer, VenueError) as error:
            report.unknown = str(error)
            return
        if not report.unresolved:
            self._reached("VERIFIED", COMMAND_LINE, "open orders at the venue: 0")
            self._reached("RESIDUAL", COMMAND_LINE, f"{len(report.positions)} positions left")

    def _wait_for_none(self, venue: VenueClient) -> list[pb.Order]:
        """What the venue holds open once its cancels had time to work."""
        deadline = time.monotonic() + VENUE_S
        while True:
            left = venue.open_orders(self._symbol)
            if not left or time.monotonic() > deadline:
                return left

    def _reached(self, name: str, by: str, text: str, at_us: int = 0) -> None:
        stage = Stage(name, at_us or now_us(), by, text)
        self.report.stages.append(stage)
        self._on_stage(stage)


def position_json(position: pb.Position) -> dict[str, Any]:
    """A position as the command line prints it."""
    return {
        "symbol": position.symbol,
        "quantity": position.quantity,
        "avg_cost": position.avg_cost,
        "current_price": position.current_price if position.marked else None,
        "unrealized_pnl": position.unrealized_pnl if position.marked or position.quantity == 0 else None,
        "realized_pnl": position.realized_pnl,
        "fees": position.fees,
    }
