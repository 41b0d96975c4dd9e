"""Two runs side by side: every number of the one that the other has, too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

# A change of less is taken for noise.
NOISE = 0.05


def numbers(figures: Any, path: str = "") -> Iterator[tuple[str, float]]:
    """Every number with the path to it. A dict in a list is told apart by its `work` or `name`."""
    if isinstance(figures, dict):
        for key, value in figures.items():
            yield from numbers(value, f"{path}/{key}" if path else str(key))
    elif isinstance(figures, list):
        for index, value in enumerate(figures):
            name = value.get("work", value.get("name", index)) if isinstance(value, dict) else index
            yield from numbers(value, f"{path}/{name}")
    elif isinstance(figures, int | float) and not isinstance(figures, bool):
        yield path, float(figures)


def show(before: dict[str, Any], after: dict[str, Any]) -> None:
    """Prints what changed by more than noise, and says so when the machines differ."""
    if before.get("machine") != after.get("machine"):
        print("\nThe other run was on another machine: only ratios carry over.")
    old = dict(numbers(before))
    both = [(path, old[path], value) for path, value in numbers(after) if path in old]
    changed = [(path, was, now) for path, was, now in both if was and abs(now / was - 1) > NOISE]
    print(f"\nCompared {len(both)} numbers; {len(changed)} changed by more than {NOISE:.0%}")
    for path, was, now in changed:
        print(f"  {path:<72}{was:>14.5g} → {now:<12.5g} × {now / was:.2f}")
