"""The loop over all services of one desk."""

from __future__ import annotations

import fcntl
import os
import signal
import time
from collections import deque
from types import FrameType
from typing import Any

import zmq

from console.core.atomic import write_private
from console.core.config import SystemConfig
from console.core.desk import ServiceView, SupervisorView, desk_status
from console.core.heartbeats import Heartbeats
from console.core.identity import now_us
from console.core.paths import Home
from console.core.processes import (
    SUPERVISOR,
    ProcessRecord,
    lock_holders,
    lock_strangers,
    read_records,
    write_records,
)
from console.proto import messages_pb2 as pb
from console.supervisor.absence import Absence
from console.supervisor.database import Database
from console.supervisor.desk_control import DeskControl
from console.supervisor.endpoints import missing_socket, socket_files
from console.supervisor.environment import START_ORDER, command_line, environment, seed_models
from console.supervisor.kill_file import KillFileWatch
from console.supervisor.options import UpOptions
from console.supervisor.process import Running, spawn
from console.supervisor.progress import Progress
from console.supervisor.service import Phase, Service

# How long a turn of the loop waits for something to come in.
TURN_MS = 50
# A source that is to begin is told so this often, until it says that it runs.
RELEASE_EVERY_S = 0.2
# A deleted socket file is noticed within this time.
LOOK_FOR_SOCKETS_EVERY_S = 0.5
# Who asks for the status waits so long for services that have just fallen silent.
STATUS_WITHIN_S = 0.25
EVENTS_KEPT = 500


class StartError(Exception):
    """The desk could not be started; the text says which part, why, and what its log says."""


class AlreadyRunningError(Exception):
    """Another supervisor holds the home."""


class Supervisor:
    """Owns the processes of the desk in `home`."""

    def __init__(self, home: Home, options: UpOptions, progress: Progress) -> None:
        self.home = home
        self.options = options
        self.progress = progress
        self.started_us = now_us()
        self.events: deque[dict[str, Any]] = deque(maxlen=EVENTS_KEPT)
        self.ready = False
        self._stop_requested = False
        # The source was let go: after a restart it goes on without being asked.
        self._source_released = False
        self._next_release = 0.0
        self._next_look_for_sockets = 0.0
        self._lock = take_lock(home)
        # Read before anything is written: what an earlier supervisor left running is adopted.
        self._found = {**read_records(home), **lock_holders(home, START_ORDER)}
        self._config = SystemConfig.in_force(home)
        self._socket_files = socket_files(self._config)
        self._heartbeats = Heartbeats.of(self._config)
        self._database = Database(home, self._config, self.report)
        self._database_url: str | None = None
        self._services = {name: self._service(name) for name in START_ORDER}
        self._control = DeskControl(home, self._answer)
        self._kill_file = KillFileWatch(home, self.report)

    def run(self) -> None:
        """Start the desk, keep it alive until asked to stop, and stop it. Raises when the start fails."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        try:
            self._start()
            self._loop()
        finally:
            # A start that failed leaves alone what it found running.
            self._stop(everything=self._stop_requested or self.ready)

    def report(self, who: str, what: str) -> None:
        """Tell of something that happened: the log, whoever asks, and an `up` that waits."""
        self.events.append({"at_us": now_us(), "service": who, "event": what})
        self.progress.say(f"{who}: {what}")

    def _start(self) -> None:
        write_private(self.home.state / "up.json", self.options.to_json())
        seed_models(self.home)
        self._database_url = self._database.start()
        self._kill_file.start()
        for name, stranger in lock_strangers(self.home, START_ORDER).items():
            raise StartError(
                f"{self.home.run / name}.lock is held by pid {stranger.pid}, which is not {name}: "
                "end that program, then start again."
            )
        now = time.monotonic()
        for name, service in self._services.items():
            record = self._found.get(name)
            if record is not None and record.alive():
                service.adopt(record, now)
            else:
                service.launch(now, first=True)
        self._write_records()

    def _loop(self) -> None:
        poller = self._heartbeats.poller()
        poller.register(self._control.socket, zmq.POLLIN)
        absence = Absence(time.monotonic())
        replaced = False
        while not self._stop_requested:
            poller.poll(TURN_MS)
            now = time.monotonic()
            if away := absence.turn(now):
                self._heartbeats.shift(away)
                # Ending what hangs takes time as well, and has told so itself.
                if not replaced:
                    self.report(SUPERVISOR, f"was itself stopped for {away:.1f} s")
            self._control.serve()
            self._heartbeats.tick(now)
            replaced = self._step_services(now)
            self._step_source(now)
            if not self.ready:
                self._check_start()

    def _step_services(self, now: float) -> bool:
        """Look at every service and do what is due; whether a process was ended, lost or started."""
        before = [service.running for service in self._services.values()]
        for name, service in self._services.items():
            service.step(self._heartbeats.pulses[name], now)
        if now >= self._next_look_for_sockets:
            self._next_look_for_sockets = now + LOOK_FOR_SOCKETS_EVERY_S
            self._look_for_sockets(now)
        changed = before != [service.running for service in self._services.values()]
        if changed:
            self._write_records()
        return changed

    def _look_for_sockets(self, now: float) -> None:
        """A service whose socket file was deleted keeps its connections and gets no new one: no command, no
        kill would reach it. It is started anew, and this endpoint bound again."""
        for name, service in self._services.items():
            if (
                service.phase is Phase.READY
                and (lost := missing_socket(self._socket_files[name])) is not None
            ):
                service.replace(f"its socket {lost} was deleted, so that nobody could reach it", now)
        if self._control.bind_again():
            self.report(SUPERVISOR, f"its socket {self._control.file} was deleted, and is bound again")

    def _step_source(self, now: float) -> None:
        """The source is started held back, and let go once everybody listens."""
        state = self._source_state()
        if state in (pb.SourceStatus.RUNNING, pb.SourceStatus.ENDED):
            self._source_released = True
        wanted = self._source_released or (self._all_ready() and not self.options.hold)
        if state == pb.SourceStatus.HELD and wanted and now >= self._next_release:
            self._next_release = now + RELEASE_EVERY_S
            self._heartbeats.send("market-data", pb.ControlRequest(start=pb.StartSource()))

    def _check_start(self) -> None:
        """A service that ends now, or isn't ready in time, has failed to start.

        All ready, and the source let go: the desk is up.
        """
        for service in self._services.values():
            if service.phase is Phase.RESTARTING or service.late:
                raise StartError(service.why())
        state = self._source_state()
        if state == pb.SourceStatus.FAILED:
            pong = self._heartbeats.pulses["market-data"].pong
            raise StartError(f"market-data: {pong.source.reason if pong else ''}")
        if self._all_ready() and (self.options.hold or state != pb.SourceStatus.HELD):
            self.ready = True
            self.progress.ready()

    def _all_ready(self) -> bool:
        return all(service.phase is Phase.READY for service in self._services.values())

    def _source_state(self) -> pb.SourceStatus.State:
        pong = self._heartbeats.pulses["market-data"].pong
        return pong.source.state if pong is not None else pb.SourceStatus.STATE_UNSPECIFIED

    def _stop(self, *, everything: bool) -> None:
        """Stop what runs, the last one first; without `everything` only what was started here."""
        self._kill_file.stop()
        for name in reversed(START_ORDER):
            service = self._services[name]
            if everything or (service.running is not None and service.running.child is not None):
                service.stop()
        self._database.stop(everything=everything)
        self._heartbeats.close()
        self._control.close()
        left = [service.running.record for service in self._services.values() if service.running is not None]
        write_records(self.home, left)
        os.close(self._lock)

    def _service(self, name: str) -> Service:
        def start(first: bool) -> Running:
            extra: list[str] = []
            if name == "market-data":
                extra = self.options.market_data_arguments(hold=True, resume=not first)
            return spawn(
                name,
                command_line(name, self.home, extra),
                environment=environment(name, self.home, self._database_url),
                folder=self.home.root,
                log=self.home.logs / f"{name}.log",
            )

        return Service(
            name=name,
            log=self.home.logs / f"{name}.log",
            start=start,
            report=self.report,
            forget_pulse=self._heartbeats.forget,
        )

    def _answer(self, verb: str) -> dict[str, Any]:
        if verb == "down":
            self._stop_requested = True
            self.report(SUPERVISOR, "asked to stop the desk")
            return {"stopping": True, "pid": os.getpid()}
        if verb == "status":
            # Asked anew: what a service obeyed before this question must show in the answer.
            self._heartbeats.refresh(STATUS_WITHIN_S)
            return {"status": desk_status(self.home, self._heartbeats.pulses, time.monotonic(), self._view())}
        if verb == "events":
            return {"events": list(self.events)}
        raise ValueError(f'"{verb}" is unknown; there are "status", "events" and "down".')

    def _view(self) -> SupervisorView:
        services = {
            name: ServiceView(
                phase=service.phase.value,
                pid=service.running.record.pid if service.running is not None else None,
                restarts=service.restarts,
                failure=service.failure,
            )
            for name, service in self._services.items()
        }
        return SupervisorView(
            pid=os.getpid(),
            started_us=self.started_us,
            ready=self.ready,
            source=self.options.describe(),
            services=services,
            postgres=self._database.describe(),
        )

    def _write_records(self) -> None:
        running = [service.running for service in self._services.values()]
        records = [ProcessRecord.of(SUPERVISOR, os.getpid()), self._database.process()]
        records += [process.record for process in running if process is not None]
        write_records(self.home, [record for record in records if record is not None])

    def _on_signal(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        self._stop_requested = True


def take_lock(home: Home) -> int:
    """The single-instance lock of the supervisor, as an open file; raises when somebody else has it."""
    handle = os.open(home.run / f"{SUPERVISOR}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(handle)
        raise AlreadyRunningError(
            f"A supervisor already runs this home: quarterdeck status shows it, and quarterdeck down ends it "
            f"({home.root})."
        ) from error
    os.ftruncate(handle, 0)
    os.write(handle, f"{os.getpid()}\n".encode())
    return handle
