"""Kills, and silence about them, in words: the top line, the risk pane and its details say the same."""

from __future__ import annotations

from collections.abc import Sequence

from console.core.format import clock, listed, milliseconds, number, whole_age
from console.core.frame import Frame
from console.core.records import KillRow


def unsaid_text(scopes: Sequence[str]) -> str:
    """What follows the word "killed" where nobody has told a stage; the scope `""` is the desk."""
    names = listed([scope for scope in scopes if scope])
    return f"{' ' * bool(names)}{names}, and the engine has not said how far the kill is"


def no_word(frame: Frame) -> str:
    """How long nobody has said whether trading is allowed."""
    seconds = frame.no_word_for_s
    return "no word from the desk " + ("yet" if seconds is None else f"for {whole_age(seconds)}")


def kill_sentence(kill: KillRow) -> str:
    """A kill in one line: scope, who, and its stages with the time each took since the latch."""
    first = kill.stages[0][1] if kill.stages else 0
    stages = " → ".join(
        name + (f" +{milliseconds((at - first) / 1_000)}" if place else f" {clock(at)}")
        for place, (name, at) in enumerate(kill.stages)
    )
    if kill.verified:
        if not any(name == "VERIFIED" for name, _ in kill.stages):
            # This console came later and was only told the newest stage; it follows the proof.
            stages = f"VERIFIED, {stages}"
        who = f"killed {kill.symbol or 'desk'} by {kill.operator or '?'}"
        return f"{who}: {stages} · left: {left_text([kill])}"
    missing = kill.detail or "; ".join(f"{order} {why}" for order, why in kill.unresolved)
    missing = missing or f"the venue's answer ({kill.open_before} orders were open)"
    return f"KILL {kill.symbol or 'desk'} NOT VERIFIED, missing: {missing} · {stages}"


def kill_summary(kill: KillRow, *, brief: bool = False) -> str:
    """A proved kill for one short line: who and when, how long the proof took, and what is left; without the
    time where it is `brief`.
    """
    times = dict(kill.stages)
    latched, verified = times.get("LATCHED"), times.get("VERIFIED")
    at = f" at {clock(latched)}" if latched and not brief else ""
    took = f" +{milliseconds((verified - latched) / 1_000)}" if latched and verified else ""
    who = f"killed {kill.symbol or 'desk'} by {kill.operator or '?'}{at}"
    return f"{who} · VERIFIED{took} · left: {left_text([kill], 1)}"


def left_text(kills: Sequence[KillRow], most: int = 1_000) -> str:
    """The positions that kills left; their number when there are more than `most`."""
    left = [position for kill in kills for position in kill.residual]
    if len(left) > most:
        return f"{len(left)} positions"
    return ", ".join(f"{symbol} {amount:+,.9g}" for symbol, amount in left) or "no position"


def kill_details(kill: KillRow) -> list[tuple[str, str]]:
    """Everything about a kill."""
    return [
        ("kill of", kill.symbol or "the whole desk"),
        ("by", f"{kill.operator or 'unknown'}: {kill.reason}"),
        *((name.lower(), clock(at, 3)) for name, at in kill.stages),
        ("open before", str(kill.open_before)),
        ("open after", str(kill.open_after) if kill.verified else "not known yet"),
        *((f"unresolved {order}", why) for order, why in kill.unresolved),
        *((f"left {symbol}", number(amount, 4)) for symbol, amount in kill.residual),
        ("missing", kill.detail or ("nothing" if kill.verified else "the venue's answer")),
        ("ends by", f":rearm {kill.symbol} --reason TEXT"),
    ]
