"""How the bench times: with a clock of its own, so that no machine's pace shows."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.bench import table


class Clock:
    """Time that passes only while work is done; the processor's clock is read in steps of 10 µs."""

    def __init__(self) -> None:
        self.now_ns = 0

    def perf_counter(self) -> float:
        return self.now_ns / 1e9

    def process_time_ns(self) -> int:
        return self.now_ns // 10_000 * 10_000

    def work(self, *nanoseconds: int) -> tuple[Callable[[], object], list[int]]:
        """Work that takes so long at each call, the last again and again, and the calls so far."""
        calls: list[int] = []

        def run() -> None:
            spent = nanoseconds[min(len(calls), len(nanoseconds) - 1)]
            calls.append(spent)
            self.now_ns += spent

        return run, calls


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(table, "time", clock)
    return clock


def test_what_is_over_at_once_is_timed_many_times_in_a_row(clock: Clock) -> None:
    short, of_short = clock.work(1_000)
    long, of_long = clock.work(5_000_000)
    best = table.shortest({"short": short, "long": long}, rounds=2, seconds=0.0)
    assert best == {"short": pytest.approx(0.001, rel=0.02), "long": 5.0}
    # Twice before anything is timed; then in each of two rounds one run that isn't timed, and those that are.
    assert len(of_short) == 2 + 2 * (1 + 1_000)
    assert len(of_long) == 2 + 2 * (1 + 1)


def test_the_shortest_counts_and_a_run_that_is_not_timed_does_not(clock: Clock) -> None:
    # Probed twice; a cold run and a timed one in each round. What is cheap only when cold must not count.
    ours, _ = clock.work(4_000_000, 4_000_000, 1_000_000, 6_000_000, 1_000_000, 5_000_000)
    assert table.shortest({"ours": ours}, rounds=2, seconds=0.0) == {"ours": 5.0}
