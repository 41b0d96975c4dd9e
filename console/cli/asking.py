"""Asking one service for its state, with the right end when it isn't there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from console.cli.errors import NotRunningError, not_running
from console.core.config import SystemConfig
from console.core.control import ControlClient, NoAnswer
from console.core.desk import service_runs
from console.core.paths import Home
from console.core.venue import VENUE, VenueClient
from console.proto import messages_pb2 as pb

T = TypeVar("T")

# As many as there are; a snapshot of the engine holds no more fills than the engine keeps in memory.
ALL = 1_000_000
# The newest fills the engine keeps for a snapshot: one with so many may lack older ones.
FILLS_KEPT = 2_000


def ask(service: str, question: Callable[[ControlClient], T]) -> T:
    """`question` put to `service`: refused (1) when it doesn't run, unknown (3) when it is silent."""
    home = Home.resolve()
    with ControlClient(SystemConfig.in_force(home).control_address(service), service) as client:
        try:
            return question(client)
        except NoAnswer as error:
            if not service_runs(home, service):
                raise not_running(service) from error
            raise


def ask_running(service: str, question: Callable[[ControlClient], T]) -> T | None:
    """As `ask`; None when `service` doesn't run, or ended meanwhile."""
    if not service_runs(Home.resolve(), service):
        return None
    try:
        return ask(service, question)
    except NotRunningError:
        return None


def snapshot(service: str, *, finished_orders: int = 0, fills: int = 0) -> pb.Snapshot:
    """The state of `service`."""
    return ask(service, lambda client: client.snapshot(finished_orders, fills, timeout_s=5.0))


def ask_venue(question: Callable[[VenueClient], T]) -> T:
    """`question` put to the venue itself."""
    home = Home.resolve()
    with VenueClient.of(SystemConfig.in_force(home)) as venue:
        try:
            return question(venue)
        except NoAnswer as error:
            if not service_runs(home, VENUE):
                raise not_running(VENUE) from error
            raise
