"""Waiting for the end of a replay: ended at the source, and settled behind it."""

from __future__ import annotations

import time

from console.cli.errors import RefusedError, UnknownOutcomeError
from console.cli.output import say
from console.core.breaks import WORKING
from console.core.config import SystemConfig
from console.core.control import ControlClient, NoAnswer
from console.core.controller import ENGINE, RISK_MANAGER
from console.core.heartbeats import Heartbeats
from console.core.paths import Home
from console.core.venue import VENUE, VenueClient
from console.proto import messages_pb2 as pb

# How long a service may be silent (its restart included) before the wait is given up.
SILENT_S = 30.0
# Looks at the venue's and the engine's books, once the source has ended.
LOOK_EVERY_S = 0.2
TURN_MS = 50
TELL_EVERY_S = 10.0
CAUGHT_UP = (pb.StoreStatus.OK, pb.StoreStatus.DIFFERS)


def wait_until_settled(home: Home) -> None:
    """Return when the replay has ended, nothing is open, every execution is booked and projected."""
    config = SystemConfig.in_force(home)
    heartbeats = Heartbeats.of(config)
    poller = heartbeats.poller()
    began = time.monotonic()
    next_look, next_tell = 0.0, began + TELL_EVERY_S
    try:
        while True:
            poller.poll(TURN_MS)
            now = time.monotonic()
            heartbeats.tick(now)
            source = heartbeats.pulses["market-data"].pong
            _give_up_on_silence(heartbeats, began, now)
            if source is None:
                continue
            if source.source.state == pb.SourceStatus.FAILED:
                raise RefusedError(f"The replay stopped: {source.source.reason}")
            missing = f"{source.source.rows} rows so far"
            if source.source.state == pb.SourceStatus.ENDED and now >= next_look:
                next_look = now + LOOK_EVERY_S
                missing = _unsettled(config)
                if not missing:
                    say(f"Ended and settled: {source.source.rows} rows.")
                    return
            if now >= next_tell and missing:
                next_tell = now + TELL_EVERY_S
                say(f"Not yet: {missing}.")
    finally:
        heartbeats.close()


def _give_up_on_silence(heartbeats: Heartbeats, began: float, now: float) -> None:
    for service, pulse in heartbeats.pulses.items():
        if now - (pulse.at if pulse.at is not None else began) > SILENT_S:
            raise UnknownOutcomeError(
                f"{service} has been silent for {SILENT_S:g} s: quarterdeck status shows more."
            )


def _unsettled(config: SystemConfig) -> str:
    """What is still under way, in words; empty when everything is settled."""
    try:
        with ControlClient(config.control_address(ENGINE), ENGINE) as engine:
            snapshot = engine.snapshot(fills=1)
            # Asked after the snapshot: an older answer may tell of a database without its newest events.
            engine_pong = engine.ping()
        with ControlClient(config.control_address(RISK_MANAGER), RISK_MANAGER) as risk_manager:
            risk_snapshot = risk_manager.snapshot()
            risk_pong = risk_manager.ping()
        with VenueClient.of(config) as venue:
            open_orders = venue.open_orders()
            last_execution = venue.last_execution()
    except NoAnswer as error:
        return str(error)
    working = [order for order in snapshot.orders if order.status in WORKING]
    booked = max((fill.venue_sequence for fill in snapshot.fills), default=0)
    if working:
        return f"{len(working)} orders work at the {ENGINE}"
    if open_orders:
        return f"{len(open_orders)} orders are open at the {VENUE}"
    if booked < last_execution:
        return f"{last_execution - booked} executions are not booked yet"
    return unprojected(ENGINE, snapshot, engine_pong) or unprojected(RISK_MANAGER, risk_snapshot, risk_pong)


def unprojected(service: str, snapshot: pb.Snapshot, pong: pb.Pong) -> str:
    """What of `snapshot` the database lacks by the later `pong`, in words; empty when it has everything."""
    store = pong.store
    if pong.HasField("store") and store.state == pb.StoreStatus.OFF:
        return ""
    if pong.last_sequence < snapshot.sequence:
        return f"the {service} has not caught up with its own snapshot yet"
    # A record that differs lacks nothing: there is nothing to wait for.
    if pong.HasField("store") and (store.backlog or store.state not in CAUGHT_UP):
        return f"{store.backlog} events of the {service} are not projected yet"
    return ""
