"""Rounds of faults on one trading desk, each from trading to rest, with the checks at rest."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from console.core.control import NoAnswer
from console.core.desk import read_status
from tests.desk import Desk, WaitedTooLongError, configured, wait_for
from tests.faults.checks import accepted, last_row, violations
from tests.faults.faults import KINDS, Fault, Status
from tests.faults.tampering import Tampering

# Every condition is awaited; so long only when it doesn't come.
PATIENCE_S = 90.0
# The fault strikes up to so long after the desk trades again.
MOMENT_S = 1.0
# The command line's own look at the venue, beside a fault, takes several seconds at most.
KILL_WITHIN_S = 60
# Limits of conduct that many rounds of a trader on purpose would reach.
UNBOUNDED = {
    "max_daily_loss": 1e9,
    "max_drawdown": 1e9,
    "max_loss_streak": 10_000,
    "max_executions_per_minute": 10_000,
}


@dataclass(frozen=True, slots=True)
class Round:
    """What one round was and found."""

    number: int
    kind: str
    what: str
    with_kill: bool
    fills: int
    seconds: float
    violations: list[str]

    def line(self) -> str:
        """For the screen."""
        kill = ", with a kill at the same moment" if self.with_kill else ""
        verdict = "ok" if not self.violations else f"{len(self.violations)} VIOLATIONS"
        return (
            f"round {self.number:>3}  {verdict}  {self.what}{kill}: {self.fills} fills, {self.seconds:.1f} s"
        )


class Rounds:
    """One desk in `folder`, and the dice of `seed`: the same seed gives the same faults."""

    def __init__(self, folder: Path, repository: Path, seed: int) -> None:
        self.seed = seed
        self._dice = random.Random(seed)
        self._deck: list[type[Fault]] = []
        shipped = repository / "config" / "system.json"
        content = json.loads(shipped.read_text(encoding="utf-8"))
        folder.mkdir(mode=0o700, exist_ok=True)
        config = configured(
            folder,
            shipped,
            signal={"model": "test-model-not-for-trading", "bar_interval_ms": 100},
            risk={"limits": {**content["risk"]["limits"], **UNBOUNDED}},
            execution={"reprice_after_ms": 500},
        )
        self._tampering = Tampering(folder / "faults")
        self.desk = Desk(folder, config)
        self.desk.environment.update(self._tampering.environment)

    def run(self, count: int, show: Callable[[Round], None]) -> list[Round]:
        """Start the desk, run `count` rounds, and stop it; ends early when the desk does not come back."""
        done: list[Round] = []
        try:
            self.desk.up("--source", "sim", "--rate", "300")
            for number in range(1, count + 1):
                done.append(self._round(number))
                show(done[-1])
                if any(one.startswith("STUCK") for one in done[-1].violations):
                    break
        finally:
            self.desk.run("down")
        return done

    def _round(self, number: int) -> Round:
        if not self._deck:
            self._deck = self._dice.sample(KINDS, len(KINDS))
        dice = random.Random(self._dice.getrandbits(64))
        began = time.monotonic()
        self._wait_for_trading()
        fault = self._deck.pop()(self.desk, dice, self._tampering)
        with_kill = dice.random() < 0.4
        fills = 0
        found: list[str] = []
        try:
            fills, found = self._strike(fault, with_kill, dice)
        except (AssertionError, subprocess.TimeoutExpired) as error:
            status = json.dumps(read_status(self.desk.home), indent=1)
            found = [f"STUCK {error}", status, self.desk.logs()]
        finally:
            self._tampering.stop()
        seconds = time.monotonic() - began
        return Round(number, type(fault).__name__, fault.what, with_kill, fills, seconds, found)

    def _strike(self, fault: Fault, with_kill: bool, dice: random.Random) -> tuple[int, list[str]]:
        found: list[str] = []
        moment = time.monotonic() + dice.uniform(0, MOMENT_S)
        wait_for(lambda: time.monotonic() >= moment, "the moment of the fault")
        killing = self._begin_kill() if with_kill and dice.random() < 0.5 else None
        fault.strike()
        if with_kill and killing is None:
            killing = self._begin_kill()
        try:
            fault.wait_until_named()
        except WaitedTooLongError as error:
            found.append(f"not named: {error}")
        proven = None
        if killing is not None:
            proven, wrong = self._end_kill(killing)
            found += wrong
        fault.end()
        self._wait_until_whole(fault)
        if not with_kill:
            # Reductions pass a pause, so that it alone never brings a desk to rest for good.
            self.desk.must("pause", "--reason", "the round is over")
            wait_for(lambda: not self.desk.venue_open(), "the last orders' end", PATIENCE_S)
        found += self._must_kill("the kill after the fault")
        row = last_row(self.desk) if proven is None else proven
        fills, wrong = violations(self.desk, PATIENCE_S)
        found += wrong
        # From the first proof to here, with the fault and its end in between.
        found += [f"taken by the venue of a killed desk: {order}" for order in accepted(self.desk, row)]
        self._rearm()
        return fills, found

    def _begin_kill(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "console.cli", "kill", "--reason", "beside a fault", "--json"],
            env=self.desk.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def _end_kill(self, killing: subprocess.Popen[str]) -> tuple[int | None, list[str]]:
        """Whatever the fault, the answer is true. The venue's newest row after a proof, if there is one."""
        out, err = killing.communicate(timeout=KILL_WITHIN_S)
        if killing.returncode == 0:
            return last_row(self.desk), self._still_open("the kill beside the fault")
        if killing.returncode not in (1, 3):
            return None, [f"the kill beside the fault ended with {killing.returncode}: {err or out}"]
        if not read_status(self.desk.home)["kill"]["latched"]:
            return None, [f"no latch after a kill that ended with {killing.returncode}: {err or out}"]
        return None, []

    def _must_kill(self, which: str) -> list[str]:
        done = self.desk.run("kill", "--reason", which, "--json", within_s=KILL_WITHIN_S)
        report = json.loads(done.stdout) if done.stdout else {}
        if done.returncode != 0 or report.get("stage") != "VERIFIED" or report.get("latched_here"):
            told = report or done.stderr
            return [f"{which} was not VERIFIED by the services (exit {done.returncode}): {told}"]
        return self._still_open(which)

    def _still_open(self, which: str) -> list[str]:
        # A proof stands whatever the fault; where the venue itself is away for a moment, nobody can look.
        try:
            return [f"open after {which}: {one.client_order_id}" for one in self.desk.venue_open()]
        except NoAnswer:
            return []

    def _rearm(self) -> None:
        def try_it() -> bool:
            return self.desk.run("rearm", "--reason", "the next round").returncode == 0

        wait_for(try_it, "the re-arm", PATIENCE_S)
        wait_for(lambda: self.desk.run("resume").returncode == 0, "the resume", PATIENCE_S)

    def _wait_for_trading(self) -> None:
        row = last_row(self.desk)
        wait_for(lambda: accepted(self.desk, row), "an order at the venue", PATIENCE_S)

    def _wait_until_whole(self, fault: Fault) -> None:
        """The fault is over, everything runs and nothing but a person's own gates is closed."""

        def is_over() -> bool:
            status = read_status(self.desk.home)
            return is_whole(status) and fault.is_answered(status)

        wait_for(is_over, "a desk that is whole again", PATIENCE_S)


def is_whole(status: Status) -> bool:
    """Supervisor, services, database and every gate but those a person closed."""
    return bool(
        status["supervisor"]
        and status["supervisor"]["ready"]
        and all(one["state"] == "ready" for one in status["services"])
        and status["postgres"]["state"] == "running"
        and status["store"]["state"] == "ok"
        and {gate["kind"] for gate in status["gates"]} <= {"operator_pause", "kill_latch"}
    )
