"""Races: the same work by several contenders in turn, the shortest time of each, and ours as a ratio.

Time is processor time of the whole process, all its threads: the turns of other processes don't count, so the
ratios also hold on a busy machine (as far as caches are not shared).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.bench import goals

OURS = "trading_rust"
FASTEST = "fastest peer"
# A contender runs at least so often and at least so long, in turns with the others.
ROUNDS = 9
SECONDS = 0.1
# Nothing shorter is timed.
TIMED_S = 0.001


@dataclass(frozen=True, slots=True)
class Goal:
    """Ours may take at most this multiple of the peer's time; `FASTEST` is whichever peer is."""

    peer: str
    ratio: float


@dataclass(frozen=True, slots=True)
class Race:
    """One work, and the shortest time of each contender in milliseconds."""

    work: str
    times_ms: dict[str, float]
    goal: Goal | None = None
    # Ours with an `out` of the caller's: shown, not compared with peers that have none.
    with_out_ms: float | None = None

    @property
    def ours_ms(self) -> float:
        """The time of ours."""
        return self.times_ms[OURS]

    @property
    def peers(self) -> dict[str, float]:
        """All the others."""
        return {name: spent for name, spent in self.times_ms.items() if name != OURS}

    @property
    def ratio(self) -> float | None:
        """Ours to the goal's peer; None without a goal or where that peer is missing."""
        if self.goal is None or not self.peers:
            return None
        if self.goal.peer == FASTEST:
            return self.ours_ms / min(self.peers.values())
        return self.ours_ms / self.peers[self.goal.peer] if self.goal.peer in self.peers else None

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached; None where it can't be told."""
        ratio = self.ratio
        return None if ratio is None or self.goal is None else ratio <= self.goal.ratio

    def as_goal(self) -> goals.Goal | None:
        """Its line in the table of goals."""
        if self.goal is None:
            return None
        return goals.Goal(self.work, self.ratio, self.goal.ratio, f"× {self.goal.peer}")

    def as_dict(self) -> dict[str, object]:
        """For the JSON."""
        return {
            "work": self.work,
            "times_ms": self.times_ms,
            "with_out_ms": self.with_out_ms,
            "ratio": self.ratio,
            "goal": None if self.goal is None else {"peer": self.goal.peer, "ratio": self.goal.ratio},
            "met": self.met,
        }


def shortest(
    contenders: Mapping[str, Callable[[], object]],
    rounds: int = ROUNDS,
    seconds: float = SECONDS,
    *,
    elapsed: bool = False,
) -> dict[str, float]:
    """The shortest time of each in milliseconds: all take turns, so that a slow moment hits all alike. It is
    the processors' time, all threads added up, or what has `elapsed`.

    Before each timed run there is one that isn't: else whoever comes after a contender that fills the caches
    (vectorbt does) pays for it. What is over at once is timed many times in a row: a processor's clock counts
    microseconds badly.
    """
    best = dict.fromkeys(contenders, float("inf"))
    in_a_row = {}
    for name, run in contenders.items():
        run()
        start = time.perf_counter()
        run()
        in_a_row[name] = max(1, round(TIMED_S / max(time.perf_counter() - start, 1e-7)))
    began, round_ = time.perf_counter(), 0
    while round_ < rounds or (
        time.perf_counter() - began < seconds * len(contenders) and round_ < 40 * rounds
    ):
        for name, run in contenders.items():
            run()
            times = range(in_a_row[name])
            start = time.perf_counter_ns() if elapsed else time.process_time_ns()
            for _ in times:
                run()
            ended = time.perf_counter_ns() if elapsed else time.process_time_ns()
            best[name] = min(best[name], (ended - start) / 1e6 / len(times))
        round_ += 1
    return best


def race(
    work: str,
    ours: Callable[[], object],
    peers: Mapping[str, Callable[[], object]],
    goal: Goal | None = None,
    with_out: Callable[[], object] | None = None,
) -> Race:
    """Ours against the peers that are there. A peer that takes a second or more runs only twice."""
    quick: dict[str, Callable[[], object]] = {OURS: ours}
    slow: dict[str, float] = {}
    for name, run in peers.items():
        run()
        start = time.process_time_ns()
        run()
        spent = (time.process_time_ns() - start) / 1e6
        if spent >= 1_000:
            slow[name] = spent
        else:
            quick[name] = run
    if with_out is not None:
        quick["out="] = with_out
    times = shortest(quick)
    out_ms = times.pop("out=", None)
    return Race(work, {**times, **slow}, goal, out_ms)


def show(races: list[Race]) -> None:
    """The table: our time, the ratio of ours to each peer (below 1: ours is faster), and the goals."""
    names = list(dict.fromkeys(name for each in races for name in each.peers))
    scale, unit = (1e3, "µs") if all(each.ours_ms < 0.1 for each in races) else (1.0, "ms")
    width = max(len(each.work) for each in races) + 2
    columns = "".join(f"{'/ ' + name:>18}" for name in names)
    print(f"  {'':<{width}}{'ours ' + unit:>10}{'out= ' + unit:>10}{columns}   goal")
    for each in races:
        out = "" if each.with_out_ms is None else f"{each.with_out_ms * scale:.3f}"
        line = f"  {each.work:<{width}}{each.ours_ms * scale:>10.3f}{out:>10}"
        for name in names:
            spent = each.peers.get(name)
            line += f"{'—' if spent is None else f'{each.ours_ms / spent:.2f} ({spent * scale:.3g})':>18}"
        print(line + "   " + _verdict(each))


def _verdict(each: Race) -> str:
    if each.goal is None:
        return ""
    wanted = f"≤ {each.goal.ratio:g} × {each.goal.peer}"
    if each.ratio is None:
        return f"{wanted}: no such peer here"
    return f"{wanted}: {each.ratio:.2f} {'reached' if each.met else 'MISSED'}"


def goals_of(races: list[Race]) -> list[dict[str, object]]:
    """Those of the races that have one, for the JSON."""
    return [goal.as_dict() for each in races if (goal := each.as_goal()) is not None]
