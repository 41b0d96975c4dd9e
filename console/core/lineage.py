"""From a fill back to the order, its decision, signal, model and the commands that touched it.

Everything comes from the journals in `state/`, read and never written: it is there when the services and
PostgreSQL are down. What a journal doesn't hold is named as missing, never guessed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from console.proto import messages_pb2 as pb

RISK, ENGINE, VENUE = "risk-manager", "execution-engine", "paper-venue"

# The checks of the risk manager in the order in which it makes them (`rust/risk/src/approval.rs`): it stops
# at the first that fails, so those before it passed and those behind it were not made.
CHECKS = (
    "UNKNOWN_INSTRUMENT",
    "GATE_CLOSED",
    "WOULD_FLIP",
    "RESTRICTED",
    "DUPLICATE_ORDER",
    "TICK_SIZE",
    "LOT_SIZE",
    "ORDER_QUANTITY",
    "NO_REFERENCE_PRICE",
    "STALE_DATA",
    "PRICE_COLLAR",
    "ORDER_NOTIONAL",
    "SELF_MATCH",
    "POSITION",
    "GROSS_EXPOSURE",
    "NET_EXPOSURE",
    "OPEN_POSITIONS",
    "CONCENTRATION",
    "DAILY_LOSS",
    "DRAWDOWN",
    "LOSS_STREAK",
    "REPEATED_EXECUTIONS",
    "MESSAGE_RATE",
)
# A pure reduction can only ease these: they are not made for it, and gates but the kill let it pass.
NOT_FOR_REDUCTIONS = frozenset(
    {
        "RESTRICTED",
        "STALE_DATA",
        "POSITION",
        "GROSS_EXPOSURE",
        "NET_EXPOSURE",
        "OPEN_POSITIONS",
        "CONCENTRATION",
        "DAILY_LOSS",
        "DRAWDOWN",
        "LOSS_STREAK",
        "REPEATED_EXECUTIONS",
    }
)

Event = TypeVar("Event", pb.RiskEvent, pb.ExecutionEvent)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a journal, still as bytes."""

    sequence: int
    kind: str
    key: str | None
    payload: bytes
    at_us: int


class Journal:
    """A service's journal, opened read-only beside whoever writes it."""

    def __init__(self, folder: Path, service: str) -> None:
        self.service = service
        self.path = folder / f"{service}.sqlite"
        self.trouble = "" if self.path.is_file() else f"{self.path} doesn't exist"

    def find(self, text: str) -> list[Entry]:
        """The entries in which `text` occurs, in order. It is found in bytes: the caller looks again."""
        condition = "instr(payload, CAST(:text AS BLOB)) > 0 OR instr(coalesce(key, ''), :text) > 0"
        return self._select(f"WHERE {condition} ORDER BY sequence", text=text)

    def of_kind(self, *kinds: str) -> list[Entry]:
        """Every entry of these kinds, in order."""
        names = ", ".join(f":kind{index}" for index in range(len(kinds)))
        values = {f"kind{index}": kind for index, kind in enumerate(kinds)}
        return self._select(f"WHERE kind IN ({names}) ORDER BY sequence", **values)

    def _select(self, condition: str, **values: str) -> list[Entry]:
        if self.trouble:
            return []
        query = f"SELECT sequence, kind, key, payload, at_us FROM entries {condition}"
        try:
            connection = sqlite3.connect(f"{self.path.as_uri()}?mode=ro", uri=True)
            try:
                return [Entry(*row) for row in connection.execute(query, values)]
            finally:
                connection.close()
        except sqlite3.Error as error:
            self.trouble = f"{self.path} can't be read: {error}"
            return []


@dataclass(frozen=True, slots=True)
class Step:
    """One moment in an order's life, by arrival time unless `what` says whose clock it is."""

    at_us: int
    who: str
    what: str


@dataclass(slots=True)
class Lineage:
    """What is known of one order."""

    asked: str
    client_order_id: str = ""
    order: pb.Order | None = None
    fills: list[pb.Fill] = field(default_factory=list)
    decision: pb.RiskDecision | None = None
    refusals: list[pb.RiskDecision] = field(default_factory=list)
    limits: dict[str, float] = field(default_factory=dict)
    commands: list[pb.CommandRecord] = field(default_factory=list)
    timeline: list[Step] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    @property
    def found(self) -> bool:
        """Anything at all is known."""
        return self.order is not None or self.decision is not None

    def checks(self) -> list[tuple[str, str]]:
        """Each check with its outcome: `passed`, `failed`, `not made`; empty when nothing was decided."""
        if self.decision is None:
            return []
        denied = self.decision.outcome == pb.RiskDecision.DENIED
        failed = pb.Denial.Check.Name(self.decision.denial.check) if denied else ""
        reduces = self.decision.order.reduces
        outcomes, behind = [], False
        for check in CHECKS:
            if check == failed:
                outcomes.append((check, "failed"))
                behind = True
            elif behind or (reduces and check in NOT_FOR_REDUCTIONS):
                outcomes.append((check, "not made"))
            else:
                outcomes.append((check, "passed"))
        if failed and not behind:
            outcomes = [(failed, "failed")]
        return outcomes


def lineage(state: Path, asked: str) -> Lineage:
    """The lineage of the order that `asked` names: its client order id, the venue's order id, or the id of
    one of its executions. `state` is the folder with the journals.
    """
    risk, engine, venue = (Journal(state, service) for service in (RISK, ENGINE, VENUE))
    known = Lineage(asked)
    known.client_order_id = _client_order_id(engine, risk, asked)
    if known.client_order_id:
        told = _take_engine(known, engine)
        _take_risk(known, risk)
        _take_commands(known, risk, engine, told)
        _take_venue(known, venue)
        known.timeline.sort(key=lambda step: step.at_us)
        _name_missing(known)
    known.missing += [f"journal of the {j.service}: {j.trouble}" for j in (risk, engine, venue) if j.trouble]
    return known


def _events(entries: list[Entry], decode: Callable[[bytes], Event]) -> Iterator[tuple[Entry, Event]]:
    for entry in entries:
        yield entry, decode(entry.payload)


def _client_order_id(engine: Journal, risk: Journal, asked: str) -> str:
    for _, event in _events(engine.find(asked), pb.ExecutionEvent.FromString):
        order, fill = event.order, event.fill
        if asked in (order.client_order_id, order.order_id) and order.client_order_id:
            return order.client_order_id
        if asked in (fill.execution_id, fill.client_order_id, fill.order_id) and fill.client_order_id:
            return fill.client_order_id
    for _, risk_event in _events(risk.find(asked), pb.RiskEvent.FromString):
        if risk_event.decision.order.client_order_id == asked:
            return asked
    return ""


def _take_engine(known: Lineage, engine: Journal) -> list[pb.CommandRecord]:
    """Orders and fills; returns the commands that name the order."""
    named, status = [], None
    for entry, event in _events(engine.find(known.client_order_id), pb.ExecutionEvent.FromString):
        body = event.WhichOneof("event")
        at_us = event.at_us or entry.at_us
        if body == "order" and event.order.client_order_id == known.client_order_id:
            known.order = event.order
            if event.order.status != status:
                status = event.order.status
                reason = f": {event.order.rejection_reason}" if event.order.rejection_reason else ""
                known.timeline.append(Step(at_us, ENGINE, pb.Order.Status.Name(status) + reason))
        elif body == "fill" and event.fill.client_order_id == known.client_order_id:
            known.fills.append(event.fill)
            what = f"fill {event.fill.execution_id} booked: {event.fill.quantity:g} at {event.fill.price:g}"
            known.timeline.append(Step(at_us, ENGINE, what))
        elif body == "command" and event.command.command.order_id == known.client_order_id:
            named.append(event.command)
    return named


def _take_risk(known: Lineage, risk: Journal) -> None:
    found = []
    for entry, event in _events(risk.find(known.client_order_id), pb.RiskEvent.FromString):
        if event.WhichOneof("event") != "decision":
            continue
        decision = event.decision
        if decision.order.client_order_id != known.client_order_id:
            continue
        found.append(decision)
        verdict = pb.RiskDecision.Outcome.Name(decision.outcome)
        reason = f": {decision.reason}" if decision.reason else ""
        known.timeline.append(Step(event.at_us or entry.at_us, RISK, verdict + reason))
        if known.decision is None:
            known.decision = decision
            known.limits = _limits_at(risk, entry.sequence)
    known.refusals = found[1:]
    if known.order is None and known.decision is not None:
        known.order = known.decision.order
    signal = known.decision.signal if known.decision is not None else None
    if signal is not None and signal.market_published_us:
        known.timeline.append(Step(signal.market_published_us, "market-data", "the row that closed the bar"))
    if signal is not None and signal.published_us:
        name = pb.TradingSignal.Signal.Name(signal.signal)
        known.timeline.append(Step(signal.published_us, "signal-bridge", f"signal {name}"))


def _limits_at(risk: Journal, sequence: int) -> dict[str, float]:
    """The limits in force when entry `sequence` was written."""
    limits: dict[str, float] = {}
    for entry, event in _events(risk.of_kind("state", "command"), pb.RiskEvent.FromString):
        if entry.sequence > sequence:
            break
        record = event.command
        if event.WhichOneof("event") == "state":
            limits = {use.name: use.limit for use in event.state.use}
        elif (
            record.command.type == pb.StrategyCommand.UPDATE_RISK_LIMITS
            and record.result.outcome == pb.CommandResult.DONE
        ):
            limits |= dict(record.command.parameters)
    return limits


def _take_commands(known: Lineage, risk: Journal, engine: Journal, named: list[pb.CommandRecord]) -> None:
    """The commands that name the order, made it, or had its symbol in scope while it worked."""
    order = known.order
    if order is None:
        return
    moments = [step.at_us for step in known.timeline if step.who == ENGINE] or [order.timestamp_us]
    first, last = min(moments), max(moments)
    if order.status in (pb.Order.CREATED, pb.Order.SUBMITTED, pb.Order.PARTIALLY_FILLED, pb.Order.UNKNOWN):
        last = 2**62
    kinds = pb.StrategyCommand
    scoped = (kinds.KILL_SWITCH, kinds.PAUSE_TRADING, kinds.CANCEL, kinds.FLATTEN)
    entries = list(_events(risk.of_kind("command"), pb.RiskEvent.FromString))
    records = [(event.command, event.at_us, RISK) for _, event in entries]
    told = _events(engine.of_kind("command"), pb.ExecutionEvent.FromString)
    records += [(event.command, event.at_us, ENGINE) for _, event in told]
    ids = {record.command.command_id for record in named}
    for record, at_us, service in records:
        command = record.command
        in_scope = command.symbol in ("", order.symbol) and not command.order_id
        touched = command.type in scoped and in_scope and first <= at_us <= last
        made = bool(order.command_id) and command.command_id == order.command_id
        if touched or made or command.command_id in ids:
            known.commands.append(record)
            who = f"{command.operator}@{command.host}" if command.host else command.operator
            word = pb.StrategyCommand.Type.Name(command.type)
            outcome = pb.CommandResult.Outcome.Name(record.result.outcome)
            known.timeline.append(Step(at_us, service, f"{word} of {who}: {outcome}"))


def _names(payload: bytes, identity: str) -> bool:
    """A text field of exactly these characters: without its length "q1-1" would be found in "q1-12" too."""
    text = identity.encode()
    return len(text) < 128 and bytes([len(text)]) + text in payload


def _ends_with(key: str | None, client_order_id: str) -> bool:
    return key is not None and key.rpartition("/")[2] == client_order_id


def _take_venue(known: Lineage, venue: Journal) -> None:
    executions = {fill.execution_id for fill in known.fills}
    seen = False
    for entry in venue.find(known.client_order_id):
        named = entry.key is None and _names(entry.payload, known.client_order_id)
        is_own = named or entry.key in executions or _ends_with(entry.key, known.client_order_id)
        if is_own:
            seen = True
            known.timeline.append(Step(entry.at_us, VENUE, f"{entry.kind}, by the venue's clock"))
    if not seen and not venue.trouble:
        known.missing.append("the venue's journal knows no such order: it never arrived there")


def _name_missing(known: Lineage) -> None:
    order, decision = known.order, known.decision
    if order is not None and order.origin == pb.Order.OPERATOR:
        if not known.commands:
            known.missing.append("an operator's order, and no command of theirs is on the record")
        return
    if decision is None:
        known.missing.append("the risk manager's journal holds no decision for it")
        return
    if not decision.HasField("signal"):
        known.missing.append("the decision names no signal")
        return
    signal = decision.signal
    if not signal.features:
        known.missing.append("the signal carries no feature vector")
    if not signal.model_hash:
        known.missing.append("the signal names no model")
    if not known.limits:
        known.missing.append("no record tells which limits were in force")
