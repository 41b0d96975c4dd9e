"""What the desk is doing: asked of the supervisor, else of the services themselves."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import zmq

from console.core.config import SERVICES, SystemConfig
from console.core.control import ControlClient, NoAnswer, Question, ask_all, dealer
from console.core.heartbeats import LOST_S, Pulse
from console.core.identity import uuid7
from console.core.latch import read_latch
from console.core.paths import Home
from console.core.processes import SUPERVISOR, lock_holders, read_records
from console.proto import messages_pb2 as pb

PING_S = 0.5
# The gates that nobody but the engine closes.
ENGINE_GATES = frozenset({pb.Gate.OPERATOR_PAUSE, pb.Gate.RECONCILIATION_BREAK, pb.Gate.VENUE_LOST})


@dataclass(frozen=True, slots=True)
class ServiceView:
    """A service as its supervisor sees it."""

    phase: str
    pid: int | None
    restarts: int
    failure: str


@dataclass(frozen=True, slots=True)
class SupervisorView:
    """The supervisor's own part of the desk's status."""

    pid: int
    started_us: int
    ready: bool
    source: str
    services: Mapping[str, ServiceView]
    postgres: Mapping[str, Any]


def ask_supervisor(home: Home, verb: str, timeout_s: float = 0.5) -> dict[str, Any]:
    """The supervisor's answer to "status", "events" or "down". Raises `NoAnswer`."""
    socket = dealer(zmq.Context.instance(), home.desk_control)
    number = uuid7()
    deadline = time.monotonic() + timeout_s
    try:
        if not socket.poll(round(timeout_s * 1000), zmq.POLLOUT):
            raise NoAnswer(SUPERVISOR, timeout_s, sent=False)
        socket.send(json.dumps({"id": number, "do": verb}).encode())
        while socket.poll(max(0, round((deadline - time.monotonic()) * 1000)), zmq.POLLIN):
            answer: dict[str, Any] = json.loads(socket.recv_multipart()[-1])
            if answer.get("id") == number:
                if not answer["ok"]:
                    raise ValueError(answer["error"])
                return answer
        raise NoAnswer(SUPERVISOR, timeout_s, sent=True)
    finally:
        socket.close()


def ping_all(config: SystemConfig, timeout_s: float = PING_S) -> dict[str, Pulse]:
    """The pulse of every service, asked directly and at once."""
    clients = [ControlClient(config.control_address(service), service) for service in SERVICES]
    try:
        answers = ask_all(
            [Question(client, pb.ControlRequest(ping=pb.Ping())) for client in clients], timeout_s
        )
    finally:
        for client in clients:
            client.close()
    now = time.monotonic()
    return {
        answer.client.service: Pulse()
        if isinstance(answer.reply, NoAnswer)
        else Pulse(answer.reply.pong, now)
        for answer in answers
    }


def read_status(home: Home) -> dict[str, Any]:
    """The desk's status: the supervisor's picture, else one put together from the services' own pongs."""
    if is_running(home):
        try:
            status: dict[str, Any] = ask_supervisor(home, "status")["status"]
            return status
        except NoAnswer:
            pulses = ping_all(SystemConfig.in_force(home))
            return desk_status(home, pulses, time.monotonic(), None)
    return desk_status(home, {service: Pulse() for service in SERVICES}, time.monotonic(), None)


def is_running(home: Home) -> bool:
    """A process of this desk runs, the supervisor or any service."""
    found = {**read_records(home), **lock_holders(home, (SUPERVISOR, *SERVICES))}
    return any(record.alive() for record in found.values())


def service_runs(home: Home, service: str) -> bool:
    """The process of this service runs, whether it answers or not."""
    found = {**read_records(home), **lock_holders(home, (service,))}
    return service in found and found[service].alive()


def desk_status(
    home: Home, pulses: Mapping[str, Pulse], now: float, supervisor: SupervisorView | None
) -> dict[str, Any]:
    """The object that `status --json` prints; `now` is the monotonic time the pulses' ages count to."""
    pongs = {
        name: pulse.pong for name, pulse in pulses.items() if pulse.fresh(now) and pulse.pong is not None
    }
    found = {**read_records(home), **lock_holders(home, SERVICES)}
    services = [
        _service_status(name, pulse, now, supervisor, found[name].pid if _alive(found, name) else None)
        for name, pulse in pulses.items()
    ]
    return {
        "running": supervisor is not None or any(service["pid"] for service in services),
        "home": str(home.root),
        "source": _source_status(pongs.get("market-data")),
        "services": services,
        "gates": [gate_json(gate) for gate in all_gates(pulses, now)],
        "kill": _kill_status(home, pongs),
        "store": _store_status(pongs),
        "venue": pongs["execution-engine"].venue if "execution-engine" in pongs else None,
        "postgres": dict(supervisor.postgres) if supervisor is not None else None,
        "supervisor": {
            "pid": supervisor.pid,
            "ready": supervisor.ready,
            "started": iso(supervisor.started_us),
        }
        if supervisor is not None
        else None,
    }


def all_gates(pulses: Mapping[str, Pulse], now: float) -> list[pb.Gate]:
    """Every closed gate: what each service says itself, the risk manager's relay where one says nothing, and
    the silence of any.

    The relay is as old as the risk manager's last look at the others: a pause that was lifted since still
    stands in it. So it counts only for those that do not answer here.
    """
    gates: dict[tuple[int, str, str], pb.Gate] = {}
    heard = {
        name: pulse.pong for name, pulse in pulses.items() if pulse.fresh(now) and pulse.pong is not None
    }
    for pong in heard.values():
        relayed = list(pong.risk.gates) if len(heard) < len(pulses) else []
        if "execution-engine" in heard:
            relayed = [gate for gate in relayed if gate.kind not in ENGINE_GATES]
        for gate in [*pong.trading.gates, *pong.gates, *relayed]:
            gates.setdefault((gate.kind, gate.symbol, gate.closed_by), gate)
    for name, pulse in pulses.items():
        if pulse.at is not None and not pulse.fresh(now):
            silent = now - pulse.at
            gate = pb.Gate(
                kind=pb.Gate.HEARTBEAT_LOST,
                closed_by=name,
                reason=f"{name} has been silent for {silent:.1f} s",
                since_us=time.time_ns() // 1000 - int((silent - LOST_S) * 1e6),
                opens_when=f"{name} answers again",
            )
            gates.setdefault((gate.kind, "", name), gate)
    return sorted(gates.values(), key=lambda gate: (gate.since_us, gate.kind, gate.symbol))


def gate_json(gate: pb.Gate) -> dict[str, Any]:
    """A gate as `status --json` shows it."""
    return {
        "kind": pb.Gate.Kind.Name(gate.kind).lower(),
        "scope": gate.symbol or "desk",
        "closed_by": gate.closed_by,
        "since": iso(gate.since_us),
        "reason": gate.reason,
        "opens_when": gate.opens_when,
    }


def iso(at_us: int) -> str | None:
    """A time in UTC with microseconds, as ISO 8601; None for 0, which is no time."""
    if at_us == 0:
        return None
    return (
        datetime.fromtimestamp(at_us // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        + f".{at_us % 1_000_000:06d}Z"
    )


def _alive(found: Mapping[str, Any], name: str) -> bool:
    return name in found and found[name].alive()


def _service_status(
    name: str, pulse: Pulse, now: float, supervisor: SupervisorView | None, pid: int | None
) -> dict[str, Any]:
    view = supervisor.services.get(name) if supervisor is not None else None
    fresh = pulse.fresh(now) and pulse.pong is not None
    if fresh and pulse.pong is not None:
        state = pb.Pong.State.Name(pulse.pong.state).lower()
        detail = pulse.pong.detail
    elif view is not None:
        state = "silent" if view.phase == "ready" else view.phase
        detail = view.failure
    else:
        state, detail = ("silent", "") if pid is not None else ("stopped", "")
    age = pulse.age_ms(now)
    return {
        "name": name,
        "pid": view.pid if view is not None else pid,
        "state": state,
        "heartbeat_ms": round(age, 1) if age is not None else None,
        "epoch": pulse.pong.epoch if pulse.pong is not None else None,
        "restarts": view.restarts if view is not None else None,
        "detail": detail,
    }


def _source_status(pong: pb.Pong | None) -> dict[str, Any]:
    if pong is None or not pong.HasField("source"):
        return {"kind": None, "state": "unknown", "rows": None, "faults": None}
    source = pong.source
    return {
        "kind": source.kind,
        "state": pb.SourceStatus.State.Name(source.state).lower(),
        "rows": source.rows,
        "faults": dict(sorted(source.faults.items())),
        "speed": "max" if source.speed == 0 else source.speed,
        "event_time": iso(source.event_us),
        "reason": source.reason,
    }


def _kill_status(home: Home, pongs: Mapping[str, pb.Pong]) -> dict[str, Any]:
    """The kill as the services hold it; where one is silent, what its latch file says."""
    desk: list[bool] = []
    symbols: set[str] = set()
    stages: list[pb.KillStage] = []
    engine, risk = pongs.get("execution-engine"), pongs.get("risk-manager")
    if engine is not None:
        desk.append(engine.trading.desk_killed)
        symbols.update(engine.trading.killed_symbols)
        stages = [stage for stage in engine.trading.kills if stage.stage != pb.KillStage.REARMED]
    if risk is not None:
        desk.append(risk.risk.killed)
    for name, pong in (("execution-engine", engine), ("risk-manager", risk)):
        latch = read_latch(home, name) if pong is None else None
        if latch is not None:
            desk.append(latch.desk)
            symbols.update(latch.symbols)
    stages = [stage for stage in stages if not stage.symbol] or stages
    stage = pb.KillStage.Stage.Name(stages[-1].stage) if stages else ("LATCHED" if any(desk) else None)
    return {
        "latched": any(desk) or bool(symbols),
        "stage": stage,
        "scope": "desk" if any(desk) else ",".join(sorted(symbols)) or None,
        "detail": stages[-1].detail if stages else "",
        "unresolved": [
            {"client_order_id": left.client_order_id, "reason": left.reason}
            for left in (stages[-1].unresolved if stages else ())
        ],
    }


def _store_status(pongs: Mapping[str, pb.Pong]) -> dict[str, Any]:
    """The projection that is worst off, of all services that have one."""
    stores = [pong.store for pong in pongs.values() if pong.HasField("store")]
    if not stores:
        return {"state": "unknown", "lag_ms": None}
    worst = max(stores, key=lambda store: (_store_rank(store), store.lag_ms))
    return {
        "state": pb.StoreStatus.State.Name(worst.state).lower(),
        "lag_ms": worst.lag_ms,
        "backlog": worst.backlog,
        "detail": worst.detail,
    }


def _store_rank(store: pb.StoreStatus) -> int:
    of = pb.StoreStatus
    order: Iterable[int] = (of.OFF, of.OK, of.DIFFERS, of.BEHIND, of.AWAY)
    ranks = {state: rank for rank, state in enumerate(order)}
    return ranks.get(store.state, -1)
