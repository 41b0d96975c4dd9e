"""`quarterdeck explain`: an order from its fills back to decision, signal, model and commands."""

from __future__ import annotations

from typing import Any

import click

from console.cli.errors import RefusedError
from console.cli.output import cell, emit_json, json_option, number
from console.cli.rows import command_row, fill_row, order_row, signal_row
from console.core.format import clock
from console.core.lineage import Lineage, lineage
from console.core.paths import Home
from console.proto import messages_pb2 as pb


@click.command()
@click.argument("order")
@json_option
def explain(order: str, as_json: bool) -> None:
    """Explain ORDER: who wanted it, why it was let through, what became of it, and when.

    ORDER is a client order id, the venue's order id, or the id of an execution. The journals in state/ are
    read, so it works while the desk is down.
    """
    home = Home.resolve()
    known = lineage(home.state, order)
    if not known.found:
        troubles = "".join(f" {trouble}." for trouble in known.missing)
        raise RefusedError(f"No journal in {home.state} knows an order or execution {order}.{troubles}")
    if as_json:
        emit_json(as_dictionary(known))
    else:
        click.echo("\n".join(as_lines(known)))


def as_dictionary(known: Lineage) -> dict[str, Any]:
    """Everything, as `--json` prints it. Times are microseconds since 1970 UTC."""
    decision, order = known.decision, known.order
    signal = decision.signal if decision is not None and decision.HasField("signal") else None
    return {
        "client_order_id": known.client_order_id,
        "order": order_row(order) if order is not None else None,
        "fills": [fill_row(fill) for fill in known.fills],
        "decision": _decision(known),
        "signal": {**signal_row(signal), "features": dict(signal.features)} if signal is not None else None,
        "model": _model(known),
        "commands": [audited(record) for record in known.commands],
        "timeline": _timeline(known),
        "missing": known.missing,
    }


def _decision(known: Lineage) -> dict[str, Any] | None:
    decision = known.decision
    if decision is None:
        return None
    denial = decision.denial if decision.outcome == pb.RiskDecision.DENIED else None
    return {
        "outcome": pb.RiskDecision.Outcome.Name(decision.outcome),
        "reason": decision.reason,
        "reduces": decision.order.reduces,
        "limit": denial.limit if denial is not None else None,
        "value": denial.value if denial is not None else None,
        "checks": [{"check": check, "outcome": outcome} for check, outcome in known.checks()],
        "limits_version": decision.order.limits_version,
        "limits": known.limits,
        "refused_later": [refusal.reason for refusal in known.refusals],
    }


def _model(known: Lineage) -> dict[str, str] | None:
    if known.decision is not None and known.decision.signal.model_hash:
        return {
            "version": known.decision.signal.model_version,
            "hash": known.decision.signal.model_hash,
        }
    if known.order is not None and known.order.model_hash:
        return {"version": known.order.model_version, "hash": known.order.model_hash}
    return None


def audited(record: pb.CommandRecord) -> dict[str, Any]:
    """A command with who, from where, why, before and after."""
    command, result = record.command, record.result
    return {
        **command_row(record),
        "os_user": command.os_user,
        "host": command.host,
        "session": command.session,
        "before": result.before,
        "after": result.after,
    }


def _timeline(known: Lineage) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    before: int | None = None
    for step in known.timeline:
        passed = None if before is None else (step.at_us - before) / 1_000
        rows.append({"at_us": step.at_us, "after_ms": passed, "service": step.who, "what": step.what})
        before = step.at_us
    return rows


def as_lines(known: Lineage) -> list[str]:
    """The story for a person, the newest part first: fills, order, decision, signal, model, commands."""
    lines: list[str] = []
    order = known.order
    if order is not None:
        side, status = pb.Order.Side.Name(order.side), pb.Order.Status.Name(order.status)
        price = f" at {number(order.price)}" if order.price else ""
        lines.append(
            f"{known.client_order_id}  {side} {number(order.quantity)} {order.symbol}{price}: {status}, "
            f"{number(order.filled_quantity)} filled"
        )
        origin = pb.Order.Origin.Name(order.origin).lower()
        lines.append(f"  wanted by: {origin}" + (f", command {order.command_id}" if order.command_id else ""))
    for fill in known.fills:
        lines.append(f"  fill {fill.execution_id}: {number(fill.quantity)} at {number(fill.price)}")
    lines += _decision_lines(known)
    for record in known.commands:
        row = audited(record)
        who = ", ".join(
            f"{key.replace('_', ' ')} {row[key] or '–'}" for key in ("os_user", "host", "session")
        )
        word = pb.StrategyCommand.Type.Name(record.command.type)
        reason = f": {record.command.reason}" if record.command.reason else ""
        lines.append(f"  command {word} by {record.command.operator} ({who}){reason}")
        if row["before"] or row["after"]:
            lines.append(f"    before: {cell(row['before'])}  after: {cell(row['after'])}")
    lines.append("  timeline (UTC)")
    for step in _timeline(known):
        passed = "" if step["after_ms"] is None else f"+{step['after_ms']:.3f} ms"
        lines.append(f"    {clock(step['at_us'], 6)}  {passed:>14}  {step['service']}: {step['what']}")
    lines += [f"  missing: {part}" for part in known.missing]
    return lines


def _decision_lines(known: Lineage) -> list[str]:
    decision = known.decision
    if decision is None:
        return []
    lines = [f"  decision: {pb.RiskDecision.Outcome.Name(decision.outcome)} {decision.reason}".rstrip()]
    for outcome in ("passed", "failed", "not made"):
        names = [check.lower() for check, held in known.checks() if held == outcome]
        if names:
            lines.append(f"    {outcome}: {', '.join(names)}")
    lines += [f"    later: {refusal.reason}" for refusal in known.refusals]
    lines.append(f"    limits version {decision.order.limits_version}")
    if decision.HasField("signal"):
        signal = decision.signal
        name = pb.TradingSignal.Signal.Name(signal.signal)
        lines.append(
            f"  signal: {name} with {signal.confidence:.4f}, epoch {signal.epoch} sequence {signal.sequence}"
        )
        features = ", ".join(f"{name}={value:.6g}" for name, value in sorted(signal.features.items()))
        lines.append(f"    features: {features or '–'}")
        lines.append(f"  model: {signal.model_version or '–'}  sha256 {signal.model_hash or '–'}")
    return lines
