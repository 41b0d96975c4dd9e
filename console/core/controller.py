"""Commands to the desk, and what the services answered.

The engine owns pause, resume, cancel, flatten and its latch; the risk manager owns limits and a latch of
its own. One command carries one id everywhere. Lowering risk (pause, kill, cancel) never expires; raising
it does.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from enum import Enum
from types import TracebackType
from typing import Self

import zmq

from console.core.config import SystemConfig
from console.core.control import Answer, ControlClient, NoAnswer, Question, ask_all
from console.core.identity import Identity, now_us, uuid7
from console.core.paths import Home
from console.proto import messages_pb2 as pb

ENGINE = "execution-engine"
RISK_MANAGER = "risk-manager"

# How long an answer is waited for, and how long a command that raises risk stays valid.
ANSWER_S = 2.0
# A kill that no service has latched by then is carried out by the command line itself.
KILL_ANSWER_S = 0.5

_NEVER_EXPIRES = frozenset(
    {pb.StrategyCommand.PAUSE_TRADING, pb.StrategyCommand.KILL_SWITCH, pb.StrategyCommand.CANCEL}
)


class Outcome(Enum):
    """What became of a command at one service."""

    ACCEPTED = "accepted"
    DONE = "done"
    REFUSED = "refused"
    NOT_KNOWN = "not_known"
    UNKNOWN = "unknown"
    NOT_SENT = "not_sent"

    @property
    def obeyed(self) -> bool:
        """The service has taken the command and acts on it."""
        return self in (Outcome.ACCEPTED, Outcome.DONE)


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """One service's answer. `result` is the message itself, empty when none came."""

    service: str
    outcome: Outcome
    reason: str
    milliseconds: float
    missing: tuple[str, ...]
    working_orders: int
    result: pb.CommandResult


@dataclass(frozen=True, slots=True)
class CommandAnswer:
    """A command and what every service asked has answered."""

    command: pb.StrategyCommand
    acknowledgements: tuple[Acknowledgement, ...]

    @property
    def command_id(self) -> str:
        """The id the command went by, everywhere."""
        return self.command.command_id

    @property
    def outcome(self) -> Outcome:
        """The answer as a whole: the worst of all, so that "done" means done everywhere."""
        outcomes = {acknowledgement.outcome for acknowledgement in self.acknowledgements}
        order = (Outcome.REFUSED, Outcome.UNKNOWN, Outcome.NOT_KNOWN, Outcome.NOT_SENT, Outcome.ACCEPTED)
        return next((outcome for outcome in order if outcome in outcomes), Outcome.DONE)

    @property
    def reason(self) -> str:
        """Why it was refused or isn't known, one sentence per service."""
        return " ".join(f"{a.service}: {a.reason}" for a in self.acknowledgements if a.reason)


class StrategyController:
    """Gives commands to the desk's services.

    `zmq_address` is the engine's control endpoint; without it the endpoints come from the configuration in
    force in `home`. `risk_address` is the risk manager's, found beside the engine's when it isn't given.
    """

    def __init__(
        self,
        zmq_address: str | None = None,
        *,
        risk_address: str | None = None,
        home: Home | None = None,
        identity: Identity | None = None,
        context: zmq.Context[zmq.Socket[bytes]] | None = None,
    ) -> None:
        self.identity = identity if identity is not None else Identity.current()
        if zmq_address is None:
            config = SystemConfig.in_force(home if home is not None else Home.resolve())
            zmq_address = config.control_address(ENGINE)
            risk_address = risk_address or config.control_address(RISK_MANAGER)
        elif risk_address is None:
            if ENGINE not in zmq_address:
                raise ValueError(f"{zmq_address} doesn't name the {ENGINE}: give risk_address as well.")
            risk_address = zmq_address.replace(ENGINE, RISK_MANAGER)
        self._engine = ControlClient(zmq_address, ENGINE, context=context)
        self._risk = ControlClient(risk_address, RISK_MANAGER, context=context)

    def pause_trading(self, symbol: str | None = None, *, reason: str = "") -> CommandAnswer:
        """Stop new risk in `symbol`, or on the desk; working orders stay and are counted in the answer."""
        return self._give(pb.StrategyCommand.PAUSE_TRADING, [self._engine], symbol=symbol, reason=reason)

    def resume_trading(self, symbol: str | None = None, *, reason: str = "") -> CommandAnswer:
        """Lift the pause of `symbol`, or of the desk, and nothing else."""
        return self._give(pb.StrategyCommand.RESUME_TRADING, [self._engine], symbol=symbol, reason=reason)

    def cancel(self, *, order_id: str = "", symbol: str | None = None, reason: str = "") -> CommandAnswer:
        """Ask the venue to cancel one order (by its client order id), those of `symbol`, or all."""
        return self._give(
            pb.StrategyCommand.CANCEL, [self._engine], symbol=symbol, reason=reason, order_id=order_id
        )

    def flatten(self, symbol: str, *, reason: str = "") -> CommandAnswer:
        """Close the position in `symbol` by the operator's own order."""
        return self._give(pb.StrategyCommand.FLATTEN, [self._engine], symbol=symbol, reason=reason)

    def resolve_break(self, break_id: str, action: pb.Break.Action, *, reason: str) -> CommandAnswer:
        """Adopt, flatten or ignore a reconciliation break of the engine's list; a reason is needed."""
        command = self.command(pb.StrategyCommand.RESOLVE_BREAK, reason=reason)
        command.break_id, command.break_action = break_id, action
        return self.send(command, [self._engine], ANSWER_S)

    def update_risk_limits(
        self, max_position_size: float | None = None, max_daily_loss: float | None = None, **limits: float
    ) -> CommandAnswer:
        """Change limits by their names in the configuration; the answer holds all limits in force."""
        named = {"max_position_size": max_position_size, "max_daily_loss": max_daily_loss, **limits}
        given = {name: value for name, value in named.items() if value is not None}
        if not given:
            raise ValueError("No limit was given.")
        return self._give(pb.StrategyCommand.UPDATE_RISK_LIMITS, [self._risk], parameters=given)

    def activate_kill_switch(
        self, reason: str, symbol: str | None = None, *, command_id: str | None = None
    ) -> CommandAnswer:
        """Latch the kill in engine and risk manager, each alone. ACCEPTED: the stages follow as events."""
        clients = [self._engine, self._risk]
        command = self.command(
            pb.StrategyCommand.KILL_SWITCH, symbol=symbol, reason=reason, command_id=command_id
        )
        return self.send(command, clients, KILL_ANSWER_S)

    def rearm(self, reason: str, symbol: str | None = None) -> CommandAnswer:
        """Lift both latches, or neither.

        Both services are asked first what they still need, and the answer holds both checklists. Only when
        neither misses anything the risk manager's latch is lifted, then the engine's; if the engine then
        doesn't obey, or doesn't answer, the risk manager is killed again.
        """
        command = self.command(pb.StrategyCommand.REARM, symbol=symbol, reason=reason)
        checked = self._checklist(command, [self._risk, self._engine])
        if not checked.outcome.obeyed:
            return CommandAnswer(command, tuple(_unchanged(a) for a in checked.acknowledgements))
        # One that isn't killed says so, and has nothing to lift.
        lifts = [
            client
            for client, a in zip((self._risk, self._engine), checked.acknowledgements, strict=True)
            if a.result.after
        ]
        if not lifts:
            refusals = [replace(a, outcome=Outcome.REFUSED) for a in checked.acknowledgements]
            return CommandAnswer(command, tuple(refusals))
        answers: tuple[Acknowledgement, ...] = ()
        for client in lifts:
            if client is self._engine:
                self._await_heard(command)
            answers += self.send(command, [client], ANSWER_S).acknowledgements
            if not answers[-1].outcome.obeyed:
                break
        if len(answers) == 2 and not answers[1].outcome.obeyed:
            answers = (self._relatch(command, answers[0], answers[1]), answers[1])
        return CommandAnswer(command, answers)

    def _checklist(self, command: pb.StrategyCommand, clients: list[ControlClient]) -> CommandAnswer:
        """What `clients` still need to re-arm; changes nothing."""
        question = pb.StrategyCommand()
        question.CopyFrom(command)
        question.command_id, question.check_only = uuid7(), True
        return self.send(question, clients, ANSWER_S)

    def _await_heard(self, command: pb.StrategyCommand) -> None:
        """The engine hears from the risk manager by its heartbeat: wait until it knows that it is armed."""
        deadline = time.monotonic() + ANSWER_S
        while time.monotonic() < deadline:
            asked = self._checklist(command, [self._engine]).acknowledgements[0]
            if not asked.outcome.obeyed or not asked.result.before:
                return
            time.sleep(0.02)

    def _relatch(
        self, command: pb.StrategyCommand, lifted: Acknowledgement, failed: Acknowledgement
    ) -> Acknowledgement:
        """The risk manager's latch closes again after the engine did not obey; says whether it did."""
        why = f"{failed.service} did not re-arm: {failed.reason}" if failed.reason else "it did not re-arm"
        kill = self.command(pb.StrategyCommand.KILL_SWITCH, symbol=command.symbol or None, reason=why)
        again = self.send(kill, [self._risk], ANSWER_S).acknowledgements[0]
        if again.outcome.obeyed:
            reason = "re-armed, and killed again because the execution engine did not re-arm"
            return replace(lifted, outcome=Outcome.REFUSED, reason=reason)
        reason = f"re-armed, and the kill that should follow was not confirmed: {again.reason}"
        return replace(lifted, outcome=Outcome.UNKNOWN, reason=reason)

    def outcome_of(self, command_id: str, timeout_s: float = 1.0) -> tuple[Acknowledgement, ...]:
        """What the engine and the risk manager know of a command."""
        query = pb.CommandQuery(command_id=command_id)
        questions = [
            Question(client, pb.ControlRequest(query=query)) for client in (self._engine, self._risk)
        ]
        return tuple(_acknowledgement(answer) for answer in ask_all(questions, timeout_s))

    def command(
        self,
        kind: pb.StrategyCommand.Type,
        *,
        symbol: str | None = None,
        reason: str = "",
        order_id: str = "",
        parameters: dict[str, float] | None = None,
        command_id: str | None = None,
    ) -> pb.StrategyCommand:
        """A command of this operator; those that raise risk expire."""
        issued = now_us()
        return pb.StrategyCommand(
            type=kind,
            symbol=symbol or "",
            parameters=parameters or {},
            reason=reason,
            command_id=command_id or uuid7(),
            valid_until_us=0 if kind in _NEVER_EXPIRES else issued + int(ANSWER_S * 2_000_000),
            operator=self.identity.operator,
            os_user=self.identity.os_user,
            host=self.identity.host,
            session=self.identity.session,
            order_id=order_id,
            issued_us=issued,
        )

    def send(
        self, command: pb.StrategyCommand, clients: list[ControlClient], timeout_s: float = ANSWER_S
    ) -> CommandAnswer:
        """Give `command` to all `clients` at once; a silent one is asked once more, by the command's id."""
        answers = ask_all(
            [Question(client, pb.ControlRequest(command=command)) for client in clients], timeout_s
        )
        acknowledgements = [_acknowledgement(answer) for answer in answers]
        for index, acknowledgement in enumerate(acknowledgements):
            if acknowledgement.outcome is Outcome.UNKNOWN:
                query = pb.ControlRequest(query=pb.CommandQuery(command_id=command.command_id))
                again = ask_all([Question(clients[index], query)], timeout_s / 2)[0]
                if not isinstance(again.reply, NoAnswer):
                    acknowledgements[index] = _acknowledgement(again)
        return CommandAnswer(command, tuple(acknowledgements))

    def _give(
        self,
        kind: pb.StrategyCommand.Type,
        clients: list[ControlClient],
        *,
        symbol: str | None = None,
        reason: str = "",
        order_id: str = "",
        parameters: dict[str, float] | None = None,
    ) -> CommandAnswer:
        command = self.command(kind, symbol=symbol, reason=reason, order_id=order_id, parameters=parameters)
        return self.send(command, clients)

    def close(self) -> None:
        """Close both connections."""
        self._engine.close()
        self._risk.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def _unchanged(checked: Acknowledgement) -> Acknowledgement:
    """The answer to a checklist that another service's stopped: nothing was changed here either."""
    if checked.outcome.obeyed:
        return replace(
            checked, outcome=Outcome.REFUSED, reason="nothing is missing here; nothing was changed"
        )
    return checked


_OUTCOMES = {
    pb.CommandResult.ACCEPTED: Outcome.ACCEPTED,
    pb.CommandResult.DONE: Outcome.DONE,
    pb.CommandResult.REFUSED: Outcome.REFUSED,
    pb.CommandResult.NOT_KNOWN: Outcome.NOT_KNOWN,
}


def _acknowledgement(answer: Answer) -> Acknowledgement:
    service = answer.client.service
    milliseconds = round(answer.milliseconds, 3)
    if isinstance(answer.reply, NoAnswer):
        outcome = Outcome.UNKNOWN if answer.reply.sent else Outcome.NOT_SENT
        return Acknowledgement(service, outcome, str(answer.reply), milliseconds, (), 0, pb.CommandResult())
    if answer.reply.WhichOneof("body") == "error":
        return Acknowledgement(
            service, Outcome.REFUSED, answer.reply.error, milliseconds, (), 0, pb.CommandResult()
        )
    result = answer.reply.result
    outcome = _OUTCOMES.get(result.outcome, Outcome.UNKNOWN)
    return Acknowledgement(
        service, outcome, result.reason, milliseconds, tuple(result.missing), result.working_orders, result
    )
