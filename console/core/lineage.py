"""From a fill back to the order, its decision, signal, model and the commands that touched it.

Everything comes from the journals in `state/`, read and never written: it is there when the services and
PostgreSQL are down. What a journal doesn't hold is named as missing, never guessed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
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

    def newest_first(self, text: str) -> Iterator[Entry]:
        """The entries in which `text` occurs, from the newest back; no more is read than is taken of them.

        It is found in bytes: the caller looks again.
        """
        condition = "instr(payload, CAST(:text AS BLOB)) > 0 OR instr(coalesce(key, ''), :text) > 0"
        return self._select(f"WHERE {condition} ORDER BY sequence DESC", text=text)

    def since(self, sequence: int, text: str) -> Iterator[Entry]:
        """The entries from `sequence` on in which `text` occurs, in order. It is found in bytes."""
        condition = "sequence >= :sequence AND instr(payload, CAST(:text AS BLOB)) > 0"
        return self._select(f"WHERE {condition} ORDER BY sequence", sequence=sequence, text=text)

    def keyed(self, kind: str, key: str) -> Entry | None:
        """The entry of this kind under this key: there is one at most."""
        return next(self._select("WHERE kind = :kind AND key = :key", kind=kind, key=key), None)

    def newest(self, kind: str, until: int) -> Entry | None:
        """The last entry of this kind up to the sequence `until`."""
        condition = "kind = :kind AND sequence <= :until"
        select = self._select(f"WHERE {condition} ORDER BY sequence DESC", kind=kind, until=until)
        return next(select, None)

    def commands(self) -> Iterator[Entry]:
        """Every command, in order. Each has its key, by which they are found without reading the others."""
        return self._select("WHERE kind = 'command' AND key IS NOT NULL ORDER BY sequence")

    def _select(self, condition: str, **values: str | int) -> Iterator[Entry]:
        if self.trouble:
            return
        query = f"SELECT sequence, kind, key, payload, at_us FROM entries {condition}"
        try:
            connection = sqlite3.connect(f"{self.path.as_uri()}?mode=ro", uri=True)
            try:
                for row in connection.execute(query, values):
                    yield Entry(*row)
            finally:
                connection.close()
        except sqlite3.Error as error:
            self.trouble = f"{self.path} can't be read: {error}"


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


def _events(entries: Iterable[Entry], decode: Callable[[bytes], Event]) -> Iterator[tuple[Entry, Event]]:
    for entry in entries:
        yield entry, decode(entry.payload)


def _client_order_id(engine: Journal, risk: Journal, asked: str) -> str:
    booked = engine.keyed("fill", asked)
    if booked is not None:
        return pb.ExecutionEvent.FromString(booked.payload).fill.client_order_id
    if risk.keyed("decision", asked) is not None:
        return asked
    for _, event in _events(engine.newest_first(asked), pb.ExecutionEvent.FromString):
        order, fill = event.order, event.fill
        if asked in (order.client_order_id, order.order_id) and order.client_order_id:
            return order.client_order_id
        if asked in (fill.execution_id, fill.client_order_id, fill.order_id) and fill.client_order_id:
            return fill.client_order_id
    for _, risk_event in _events(risk.newest_first(asked), pb.RiskEvent.FromString):
        if risk_event.decision.order.client_order_id == asked:
            return asked
    return ""


def _take_engine(known: Lineage, engine: Journal) -> list[pb.CommandRecord]:
    """Orders and fills; returns the commands that name the order."""
    named, status = [], None
    for entry, event in reversed(_of_order(known.client_order_id, engine)):
        body = event.WhichOneof("event")
        at_us = event.at_us or entry.at_us
        if body == "order":
            known.order = event.order
            if event.order.status != status:
                status = event.order.status
                reason = f": {event.order.rejection_reason}" if event.order.rejection_reason else ""
                known.timeline.append(Step(at_us, ENGINE, pb.Order.Status.Name(status) + reason))
        elif body == "fill":
            known.fills.append(event.fill)
            what = f"fill {event.fill.execution_id} booked: {event.fill.quantity:g} at {event.fill.price:g}"
            known.timeline.append(Step(at_us, ENGINE, what))
        elif body == "command":
            named.append(event.command)
    return named


def _of_order(client_order_id: str, engine: Journal) -> list[tuple[Entry, pb.ExecutionEvent]]:
    """What the engine wrote of an order, the newest first. Before its intent there is nothing."""
    found = []
    for entry, event in _events(engine.newest_first(client_order_id), pb.ExecutionEvent.FromString):
        body = event.WhichOneof("event")
        of_it = {
            "order": event.order.client_order_id,
            "fill": event.fill.client_order_id,
            "command": event.command.command.order_id,
        }
        if body is not None and of_it.get(body) == client_order_id:
            found.append((entry, event))
            if body == "order" and event.order.status == pb.Order.CREATED:
                break
    return found


def _take_risk(known: Lineage, risk: Journal) -> None:
    for entry, decision, at_us in _decisions(known.client_order_id, risk):
        verdict = pb.RiskDecision.Outcome.Name(decision.outcome)
        reason = f": {decision.reason}" if decision.reason else ""
        known.timeline.append(Step(at_us, RISK, verdict + reason))
        if known.decision is None:
            known.decision = decision
            known.limits = _limits_at(risk, entry.sequence)
        else:
            known.refusals.append(decision)
    if known.order is None and known.decision is not None:
        known.order = known.decision.order
    signal = known.decision.signal if known.decision is not None else None
    if signal is not None and signal.market_published_us:
        known.timeline.append(Step(signal.market_published_us, "market-data", "the row that closed the bar"))
    if signal is not None and signal.published_us:
        name = pb.TradingSignal.Signal.Name(signal.signal)
        known.timeline.append(Step(signal.published_us, "signal-bridge", f"signal {name}"))


def _decisions(client_order_id: str, risk: Journal) -> Iterator[tuple[Entry, pb.RiskDecision, int]]:
    """The decisions about an order, in order. An approval has its key, and what may follow lies behind it."""
    approved = risk.keyed("decision", client_order_id)
    entries: Iterable[Entry] = (
        risk.newest_first(client_order_id)
        if approved is None
        else risk.since(approved.sequence, client_order_id)
    )
    for entry, event in _events(entries, pb.RiskEvent.FromString):
        is_decision = event.WhichOneof("event") == "decision"
        if is_decision and event.decision.order.client_order_id == client_order_id:
            yield entry, event.decision, event.at_us or entry.at_us
            if approved is None:
                return


def _limits_at(risk: Journal, sequence: int) -> dict[str, float]:
    """The limits in force when entry `sequence` was written."""
    limits: dict[str, float] = {}
    before = 0
    state = risk.newest("state", sequence)
    if state is not None:
        before = state.sequence
        limits = {use.name: use.limit for use in pb.RiskEvent.FromString(state.payload).state.use}
    for entry, event in _events(risk.commands(), pb.RiskEvent.FromString):
        record = event.command
        if (
            before < entry.sequence <= sequence
            and record.command.type == pb.StrategyCommand.UPDATE_RISK_LIMITS
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
    decided = _events(risk.commands(), pb.RiskEvent.FromString)
    records = [(event.command, event.at_us, RISK) for _, event in decided]
    told = _events(engine.commands(), pb.ExecutionEvent.FromString)
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
    steps: list[Step] = []
    for entry in venue.newest_first(known.client_order_id):
        named = entry.key is None and _names(entry.payload, known.client_order_id)
        arrived = _ends_with(entry.key, known.client_order_id)
        if named or arrived or entry.key in executions:
            steps.append(Step(entry.at_us, VENUE, f"{entry.kind}, by the venue's clock"))
        if arrived:
            # Nothing of an order lies before its arrival.
            break
    # In the venue's own order: much of it has the same microsecond.
    known.timeline.extend(reversed(steps))
    if not steps and not venue.trouble:
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
