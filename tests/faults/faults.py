"""The faults: how each strikes, how `quarterdeck status` names it while it lasts, how it ends."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

from console.core.desk import read_status
from console.core.paths import find_binary, find_onnxruntime
from console.supervisor.endpoints import OWNER_OF_ADDRESS
from tests.desk import SERVICES, Desk, wait_for
from tests.faults.tampering import Tampering

# A busy machine may take long for what takes a tenth of a second elsewhere.
NAMED_WITHIN_S = 60.0
STOPPED_FOR_S = 3.0
JOURNALS = ("execution-engine", "risk-manager", "paper-venue")
# The supervisor binds this one.
DESK_CONTROL = "desk_control"

Status = dict[str, Any]


class Fault(ABC):
    """One fault on one desk. `what` says it in words, with its target."""

    def __init__(self, desk: Desk, dice: random.Random, tampering: Tampering) -> None:
        self.desk, self.dice, self.tampering = desk, dice, tampering
        self.before: Status = read_status(desk.home)
        self.what = self.choose()

    @abstractmethod
    def choose(self) -> str:
        """Roll the target, and say it."""

    @abstractmethod
    def strike(self) -> None:
        """Begin."""

    @abstractmethod
    def is_named(self, status: Status) -> bool:
        """Whether this status tells an operator of the fault."""

    def end(self) -> None:  # noqa: B027 (most faults end by themselves)
        """End what doesn't end by itself."""

    def is_answered(self, status: Status) -> bool:
        """Whether the supervisor has done what there is to do about it.

        A busy machine may make a service look silent for a moment, which is no word about the fault.
        """
        return True

    def wait_until_named(self) -> None:
        """Wait until the status tells of it."""
        wait_for(
            lambda: self.is_named(read_status(self.desk.home)),
            f"a status that names the fault ({self.what})",
            NAMED_WITHIN_S,
        )

    def service(self, status: Status, name: str) -> dict[str, Any]:
        """One service's line."""
        return next(one for one in status["services"] if one["name"] == name)

    def is_replaced(self, status: Status, name: str) -> bool:
        """The status shows `name` as not there, or that another process took its place."""
        gone = self.service(status, name)["state"] not in ("ready", "degraded")
        return gone or self.is_anew(status, name)

    def is_anew(self, status: Status, name: str) -> bool:
        """Another process took its place."""
        now, before = self.service(status, name), self.service(self.before, name)
        return bool(now["pid"] != before["pid"] or now["restarts"] != before["restarts"])


class KillService(Fault):
    """kill -9 of a service."""

    def choose(self) -> str:
        self.name = self.dice.choice(SERVICES)
        return f"kill -9 of the {self.name}"

    def strike(self) -> None:
        os.kill(self.desk.processes()[self.name], signal.SIGKILL)

    def is_named(self, status: Status) -> bool:
        return self.is_replaced(status, self.name)

    def is_answered(self, status: Status) -> bool:
        return self.is_anew(status, self.name)


class KillPostgres(Fault):
    """kill -9 of PostgreSQL."""

    def choose(self) -> str:
        return "kill -9 of PostgreSQL"

    def strike(self) -> None:
        os.kill(self.desk.processes()["postgres"], signal.SIGKILL)

    def is_named(self, status: Status) -> bool:
        postgres = status["postgres"]
        return bool(
            postgres["state"] != "running"
            or postgres["pid"] != self.before["postgres"]["pid"]
            or status["store"]["state"] == "away"
        )

    def is_answered(self, status: Status) -> bool:
        return bool(status["postgres"]["pid"] != self.before["postgres"]["pid"])


class KillSupervisor(Fault):
    """kill -9 of the supervisor; `quarterdeck up` adopts what goes on."""

    def choose(self) -> str:
        return "kill -9 of the supervisor"

    def strike(self) -> None:
        os.kill(self.desk.processes()["supervisor"], signal.SIGKILL)

    def is_named(self, status: Status) -> bool:
        return bool(status["running"]) and status["supervisor"] is None

    def end(self) -> None:
        self.desk.up()


class StopService(Fault):
    """SIGSTOP of a service, which comes back with SIGCONT."""

    def choose(self) -> str:
        self.name = self.dice.choice(SERVICES)
        return f"SIGSTOP of the {self.name} for {STOPPED_FOR_S:g} s"

    def strike(self) -> None:
        self.pid = self.desk.processes()[self.name]
        os.kill(self.pid, signal.SIGSTOP)
        self.until = time.monotonic() + STOPPED_FOR_S

    def is_named(self, status: Status) -> bool:
        return self.is_replaced(status, self.name)

    def end(self) -> None:
        wait_for(lambda: time.monotonic() >= self.until, "the end of the stop", STOPPED_FOR_S)
        # One that was silent for too long was replaced already; its pid may be somebody else's by now.
        if self.desk.processes().get(self.name) == self.pid:
            os.kill(self.pid, signal.SIGCONT)


class FullDisk(Fault):
    """Every write of one service to its journal fails as on a full disk."""

    def choose(self) -> str:
        self.name = self.dice.choice(JOURNALS)
        return f"a full disk under the {self.name}"

    def strike(self) -> None:
        self.tampering.disk_full(self.name, True)

    def is_named(self, status: Status) -> bool:
        degraded = self.service(status, self.name)["state"] == "degraded"
        closed = any(
            gate["kind"] == "store_behind" and self.name in (gate["closed_by"], *gate["reason"].split())
            for gate in status["gates"]
        )
        return degraded or closed or self.is_replaced(status, self.name)

    def end(self) -> None:
        self.tampering.disk_full(self.name, False)


class ClockJump(Fault):
    """The wall clock of one service, or of all, jumps."""

    def choose(self) -> str:
        self.names = SERVICES if self.dice.random() < 0.4 else (self.dice.choice(SERVICES),)
        self.seconds = self.dice.choice((-3600, -60, -2, 2, 60, 3600))
        whose = "all services" if len(self.names) > 1 else f"the {self.names[0]}"
        return f"a jump of {self.seconds:+d} s of the clock of {whose}"

    def strike(self) -> None:
        for name in self.names:
            self.tampering.clock(name, self.seconds * 1_000_000)

    def is_named(self, status: Status) -> bool:
        return any(gate["kind"] == "clock_off" for gate in status["gates"])

    def end(self) -> None:
        for name in self.names:
            self.tampering.clock(name, 0)


class DeletedSocket(Fault):
    """The file of an endpoint is deleted: whoever has a connection keeps it, nobody gets a new one."""

    def choose(self) -> str:
        endpoint = self.dice.choice([*sorted(OWNER_OF_ADDRESS), DESK_CONTROL])
        self.owner = OWNER_OF_ADDRESS.get(endpoint)
        address = self.desk.config().address(endpoint) if self.owner else self.desk.home.desk_control
        self.file = Path(address.removeprefix("ipc://"))
        return f"the deleted socket file {self.file.name}"

    def strike(self) -> None:
        self.file.unlink()

    def is_named(self, status: Status) -> bool:
        if self.owner is None:
            # Nobody answers for the supervisor until it has bound again, and says so.
            return status["supervisor"] is None or "is bound again" in self.desk.logs()
        return self.is_replaced(status, self.owner)

    def is_answered(self, status: Status) -> bool:
        return self.owner is None or self.is_anew(status, self.owner)


class SecondDesk(Fault):
    """A second desk, and a second engine, on the same home: refused, with the first one named."""

    def choose(self) -> str:
        return "a second desk on the same home"

    def strike(self) -> None:
        self.refused = self.desk.run("up", "--seed", "99", within_s=120)
        command: list[str | Path] = [find_binary("execution-engine"), "--home", self.desk.home.root]
        self.engine = subprocess.run(
            [*command, "--config", self.desk.home.system_config],
            env={**self.desk.environment, "ORT_DYLIB_PATH": str(find_onnxruntime())},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def is_named(self, status: Status) -> bool:
        told = self.engine.stdout + self.engine.stderr
        pid = str(self.service(self.before, "execution-engine")["pid"])
        refused = self.refused.returncode == 1 and "quarterdeck down" in self.refused.stderr
        return refused and self.engine.returncode != 0 and pid in told


# A run of as many rounds as there are here meets every kind; those with several targets come twice.
KINDS: tuple[type[Fault], ...] = (
    KillService,
    KillPostgres,
    KillSupervisor,
    StopService,
    FullDisk,
    ClockJump,
    DeletedSocket,
    SecondDesk,
    KillService,
    FullDisk,
)
