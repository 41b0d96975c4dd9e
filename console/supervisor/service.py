"""Keeping one service alive: start, readiness, silence, restart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from console.core.heartbeats import Pulse
from console.core.paths import HomeError
from console.core.processes import ProcessRecord
from console.proto import messages_pb2 as pb
from console.supervisor.process import Backoff, Running, log_size, tail

# A service that isn't ready this long after its start is told of, and fails an `up`. It is killed only when
# it hasn't answered a single ping either: one that answers and is still starting waits for something.
READY_S = 30.0
# A service without a pong for this long hangs: it is killed, reaped and started again.
HUNG_S = 5.0


class Phase(Enum):
    """Where a service stands, as the supervisor sees it."""

    STOPPED = "stopped"
    STARTING = "starting"
    READY = "ready"
    RESTARTING = "restarting"


@dataclass(slots=True)
class Service:
    """One service under supervision. Times are monotonic seconds, given by the caller."""

    name: str
    log: Path
    # Starts it; `first` is False for a restart.
    start: Callable[[bool], Running]
    # Tells of what happened to it, for the log and the screen.
    report: Callable[[str, str], None]
    # Its pulse must be forgotten when a new process begins.
    forget_pulse: Callable[[str], None]
    phase: Phase = Phase.STOPPED
    running: Running | None = None
    restarts: int = 0
    failure: str = ""
    since: float = 0.0
    retry_at: float = 0.0
    log_start: int = 0
    # Still starting after READY_S: told of once for each process.
    late: bool = False
    backoff: Backoff = field(default_factory=Backoff)

    def launch(self, now: float, *, first: bool) -> None:
        """Start a new process."""
        self.forget_pulse(self.name)
        self.log_start = log_size(self.log)
        self.since = now
        self.late = False
        try:
            self.running = self.start(first)
        except (OSError, HomeError) as error:
            self._lost(f"could not be started ({error})", now)
            return
        self.phase = Phase.STARTING

    def adopt(self, record: ProcessRecord, now: float) -> None:
        """Take over a process that an earlier supervisor started."""
        self.running = Running(record, None)
        self.phase = Phase.STARTING
        self.since = now
        self.late = False
        self.report(self.name, f"adopted pid {record.pid}")

    def step(self, pulse: Pulse, now: float) -> None:
        """Look at the process and its pulse, and do what is due."""
        if self.phase is Phase.STOPPED:
            return
        if self.phase is Phase.RESTARTING:
            if now >= self.retry_at:
                self.restarts += 1
                self.launch(now, first=False)
            return
        assert self.running is not None
        ended = self.running.ended()
        if ended is not None:
            self._lost(f"ended ({ended})", now)
        elif self._pulse_is_own(pulse) and pulse.pong is not None and pulse.at is not None:
            if self.phase is Phase.STARTING and pulse.pong.state != pb.Pong.STARTING:
                self.phase = Phase.READY
                self.failure = ""
                detail = f": {pulse.pong.detail}" if pulse.pong.state == pb.Pong.DEGRADED else ""
                self.report(self.name, f"ready after {now - self.since:.1f} s{detail}")
            elif now - pulse.at > HUNG_S:
                self._hung(f"no pong for {now - pulse.at:.1f} s", now)
            elif self.phase is Phase.STARTING and now - self.since > READY_S and not self.late:
                self.late = True
                self.failure = f"is not ready after {READY_S:g} s: {pulse.pong.detail}"
                self.report(self.name, self.failure)
        elif now - self.since > (HUNG_S if self.phase is Phase.READY else READY_S):
            self._hung(f"no pong within {READY_S:g} s of its start", now)

    def stop(self) -> None:
        """End it cleanly; it isn't started again."""
        self.phase = Phase.STOPPED
        if self.running is not None:
            clean = self.running.stop()
            self.report(self.name, "stopped" if clean else "did not stop when asked and was killed")
            self.running = None

    def replace(self, reason: str, now: float) -> None:
        """End a process that runs and can't do its work, and start another."""
        if self.running is not None:
            self.running.kill()
            self._lost(f"was ended: {reason}", now)

    def why(self) -> str:
        """The failure in a sentence, with the tail of its log."""
        last = tail(self.log, since=self.log_start)
        return f"{self.name} {self.failure}; its log {self.log} ends:\n{last or '    (nothing)'}"

    def _pulse_is_own(self, pulse: Pulse) -> bool:
        """The pong comes from this process, not from one before it or from a stranger."""
        return (
            self.running is not None and pulse.pong is not None and pulse.pong.pid == self.running.record.pid
        )

    def _hung(self, reason: str, now: float) -> None:
        assert self.running is not None
        self.running.kill()
        self._lost(f"hung ({reason}) and was killed", now)

    def _lost(self, what: str, now: float) -> None:
        self.failure = what
        wait = self.backoff.failed(lived_s=now - self.since)
        self.phase = Phase.RESTARTING
        self.retry_at = now + wait
        self.running = None
        self.report(self.name, f"{what}; again in {wait:g} s")
