"""What the history of a registry tells of the live versions: which promotions still stand."""

from __future__ import annotations

from console.research.entry import StageChange


def live_before(history: list[StageChange], live: str | None) -> str | None:
    """The version to go back to from the `live` one: the one that the newest standing promotion took over
    from. When none is live, the one that was last.

    None where the history tells of nothing: before the first, and where nobody was live in between.
    """
    if live is None:
        return next((change.version for change in reversed(history) if change.before == "live"), None)
    held = standing(history)
    return held[-2] if len(held) > 1 and held[-1] == live else None


def standing(history: list[StageChange]) -> list[str]:
    """The versions that took over from each other, the newest last, without what was rolled back.

    The signal bridge has the same rule; `tests/golden/registry_histories.json` has the results of both.
    """
    held: list[str] = []
    for change in history:
        # Promoted again while it was live, it took over from nobody.
        if change.stage != "live" or change.before == "live":
            continue
        # Retired in the same write, so with the same time.
        taken = [one.version for one in history if one.at == change.at and one.before == "live"][:1]
        if held[-1:] != taken:
            # Somebody was retired in between, with nobody in the place, or the history begins here.
            held = taken
        if change.rollback and change.version in held:
            while held[-1] != change.version:
                held.pop()
        else:
            held.append(change.version)
    return held
