"""The top line: whether we are trading, the first reason why not, and what it has come to. It words
`Frame.standing`; so do the risk pane, the watchlist and the window's title.
"""

from __future__ import annotations

from collections.abc import Sequence

from console.core.format import STALE, compact, limit_title, listed, signed
from console.core.frame import Frame, Standing
from console.core.records import KillRow
from console.ui.ink import Line, Span, justified, length, line
from console.ui.kills import kill_sentence, kill_summary, left_text, no_word, unsaid_text
from console.ui.panes.base import profit_style
from console.ui.panes.positions import day_profit

# Cells of the left end that stay when it is cut for what stands at the right.
LEFT_STAYS = 44
# From here on there is room for whole words.
ROOMY = 100


def summary_line(frame: Frame, width: int) -> Line:
    """Whether we are trading, in one line: red while a kill is not proved, the first reason while a gate is
    closed.
    """
    standing = frame.standing
    if standing is Standing.UNPROVED:
        return line((_unproved(frame), "on_alarm bold"), background="alarm")
    profit = _profit(frame)
    if standing is Standing.KILLED:
        kill = frame.desk.kills[0]
        told = kill_summary(kill) + _since(kill, frame), kill_summary(kill), kill_summary(kill, brief=True)
        return _killed(" ■ NOT TRADING ", told, profit, width)
    if standing is Standing.UNKNOWN:
        silent = (f" ○ {no_word(frame)}", "warning")
        if frame.desk.trading is None and frame.desk.risk is None:
            return line(silent, background="panel")
        return first_that_fits([silent], profit, width)
    if standing is Standing.GATED:
        return first_that_fits(_gated(frame, width), profit, width)
    if standing is Standing.PARTLY and frame.killed_symbols:
        return _killed(" ■ ", (_symbol_kills(frame), _symbol_kills(frame, brief=True)), profit, width)
    spans = _partly(frame) if standing is Standing.PARTLY else _trading(frame)
    return first_that_fits(spans, profit, width)


def first_that_fits(left: list[Span], rights: list[list[Span]], width: int) -> Line:
    """The fullest of the right ends that has room; for the last of them the left end is cut."""
    fits = (right for right in rights if length(left) + length(right) < width)
    return justified(left, next(fits, rights[-1]), width, "panel", least=LEFT_STAYS)


def _unproved(frame: Frame) -> str:
    """The desk's kill comes before any symbol's, one of which nobody says anything above all: of that one no
    time is known either.
    """
    unsaid, kills = frame.unsaid_kills, frame.unproved_kills
    if "" in unsaid or not kills:
        return f" ■ KILLED{unsaid_text(unsaid)}"
    first = min(at for _, at in kills[0].stages)
    running = f" {(frame.now_us - first) / 1e6:.1f} s" if frame.now_us > first else ""
    return f" ■{running} {kill_sentence(kills[0])}"


def _killed(mark: str, told: Sequence[str], profit: list[list[Span]], width: int) -> Line:
    """A proved kill, told as fully as there is room. What is left stands at its end: the profit gives way to
    it.
    """
    text = next((text for text in told if len(mark) + len(text) <= width), told[-1])
    return first_that_fits([(mark, "danger bold"), (text, "text bold")], [*profit, []], width)


def _since(kill: KillRow, frame: Frame) -> str:
    """The fills that the venue dates after the latch, and what ends the kill."""
    latched = dict(kill.stages).get("LATCHED")
    fills = sum(1 for fill in frame.desk.fills if latched and fill.time_us > latched)
    late = f" · {fills} fill{'s' * (fills != 1)} came after it" if fills else ""
    return f"{late} · :rearm ends it"


def _still_working(frame: Frame, width: int) -> str:
    """A gate takes no order back: those that work may still be filled."""
    count = frame.working_orders
    orders = f"order{'s' * (count != 1)} still " if width >= ROOMY else ""
    by_last_word = f"{STALE} " * frame.book_stale
    return f"{by_last_word}{count} {orders}working · " if count else ""


def _gated(frame: Frame, width: int) -> list[Span]:
    gates = frame.desk.gates
    gate = next(gate for gate in gates if not gate.symbol)
    besides = [f"+{len(gates) - 1} more"] if len(gates) > 1 else []
    besides += [f"{listed(sorted(frame.killed_symbols))} killed"] if frame.killed_symbols else []
    more = f" ({', '.join(besides)})" if besides else ""
    return [
        (" ■ NOT TRADING ", "warning bold"),
        (_still_working(frame, width), "warning"),
        (f"{gate.title}{more}: {gate.reason}", "text"),
        (f" · opens when {gate.opens_when}" if gate.opens_when else "", "muted"),
    ]


def _symbol_kills(frame: Frame, *, brief: bool = False) -> str:
    """Proved kills of symbols in a desk that trades on, and where else it doesn't."""
    kills, killed = frame.desk.kills, [kill.symbol for kill in frame.desk.kills]
    told = kill_summary(kills[0], brief=brief)
    if len(kills) > 1:
        told = f"killed {listed(killed)} · VERIFIED · left: {left_text(kills, 1)}"
    others = sorted({gate.symbol for gate in frame.desk.gates if gate.symbol} - set(killed))
    return told + (f" · nor trading in {listed(others)}: see risk" if others else "")


def _partly(frame: Frame) -> list[Span]:
    gates = frame.desk.gates
    names = listed(sorted({gate.symbol for gate in gates}))
    reason = gates[0].title if len({gate.kind for gate in gates}) == 1 else "see risk"
    return [(" ◐ TRADING ", "good bold"), (f"but not in {names}: {reason}", "warning")]


def _trading(frame: Frame) -> list[Span]:
    working, over = frame.working_orders, frame.reached
    by_last_word = f"{STALE} " * frame.book_stale
    count: Span = (f"{by_last_word}{working} working order{'s' * (working != 1)}", "muted")
    if not over:
        return [(" ● TRADING ", "good bold"), count]
    # No gate is closed, and yet what adds to it is denied: nobody should have to look for that.
    one = f"limit reached: {limit_title(over[0].name)}; what adds to it is denied"
    told = one if len(over) == 1 else f"{len(over)} limits reached: see risk; what adds to them is denied"
    return [(" ◐ TRADING ", "warning bold"), (told, "danger"), (" · ", "muted"), count]


def _profit(frame: Frame) -> list[list[Span]]:
    """Exposure of what is held and the day's profit, each marked when it rests on anything old; and the same
    in fewer cells.
    """
    profit, old = day_profit(frame), frame.day_stale
    amount: list[Span] = [
        (f"{STALE} " * old, "warning"),
        (signed(profit) + " ", "faint" if old else profit_style(profit) + " bold"),
    ]
    exposure: list[Span] = [
        (STALE * frame.totals_stale, "warning"),
        (compact(frame.totals.gross), "faint" if frame.totals_stale else "muted"),
        ("  day p&l ", "muted"),
    ]
    held = [[(before, "muted"), *exposure, *amount] for before in ("exposure held ", "held ")]
    return [*held, [("p&l ", "muted"), *amount]]
