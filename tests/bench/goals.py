"""Every goal of the run in one table: what was reached, what was to be, and whether it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Goal:
    """One work and what it may take: at most `wanted`, or at least that when more is better."""

    work: str
    reached: float | None
    wanted: float
    unit: str
    more_is_better: bool = False

    @property
    def met(self) -> bool | None:
        """None where it can't be told."""
        if self.reached is None:
            return None
        return self.reached >= self.wanted if self.more_is_better else self.reached <= self.wanted

    def as_dict(self) -> dict[str, object]:
        """For the JSON."""
        return {**asdict(self), "met": self.met}


def collected(figures: Mapping[str, Any]) -> Iterator[tuple[str, Goal]]:
    """The goals of each section, from the `goals` that it gave."""
    for section, measured in figures.items():
        if isinstance(measured, dict):
            for goal in measured.get("goals", ()):
                yield section, Goal(**{name: value for name, value in goal.items() if name != "met"})


def show(figures: Mapping[str, Any]) -> None:
    """The table, a line per goal."""
    goals = list(collected(figures))
    if not goals:
        return
    width = max(len(goal.work) for _, goal in goals) + 2
    print("\n── goals " + "─" * 95)
    for section, goal in goals:
        mark = {True: "✓", False: "✗", None: "·"}[goal.met]
        reached = "—" if goal.reached is None else f"{goal.reached:.3g}"
        sign = "≥" if goal.more_is_better else "≤"
        print(f"{mark} {section:<12}{goal.work:<{width}}{reached:>10}  {sign} {goal.wanted:g} {goal.unit}")
    met = sum(goal.met is True for _, goal in goals)
    untold = sum(goal.met is None for _, goal in goals)
    print(f"{met} of {len(goals)} reached, {untold} not measured here (a peer or a program is missing)")
