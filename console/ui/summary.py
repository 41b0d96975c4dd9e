"""The top line: whether we are trading, the first reason why not, and what it has come to. It words
`Frame.standing`; so do the risk pane, the watchlist and the window's title.
"""

from __future__ import annotations

from console.core.format import STALE, compact, limit_title, listed, signed
from console.core.frame import Frame, Standing
from console.ui.ink import Line, Span, justified, length, line
from console.ui.kills import kill_sentence, kill_summary, left_text, no_word, unsaid_text
from console.ui.panes.base import profit_style
from console.ui.panes.positions import day_profit

# Cells of the left end that stay when it is cut for what stands at the right.
LEFT_STAYS = 44


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
        return _killed(" ■ NOT TRADING ", kill_summary(kill), kill_summary(kill, brief=True), profit, width)
    if standing is Standing.UNKNOWN:
        silent = (f" ○ {no_word(frame)}", "warning")
        if frame.desk.trading is None and frame.desk.risk is None:
            return line(silent, background="panel")
        return first_that_fits([silent], profit, width)
    if standing is Standing.GATED:
        return first_that_fits(_gated(frame), profit, width)
    if standing is Standing.PARTLY and frame.killed_symbols:
        return _killed(" ■ ", _symbol_kills(frame), _symbol_kills(frame, brief=True), profit, width)
    told = _partly(frame) if standing is Standing.PARTLY else _trading(frame)
    return first_that_fits(told, profit, width)


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


def _killed(mark: str, full: str, brief: str, profit: list[list[Span]], width: int) -> Line:
    """A proved kill, in brief where the full text has no room. What is left stands at its end: the profit
    gives way to it.
    """
    text = full if len(mark) + len(full) <= width else brief
    return first_that_fits([(mark, "danger bold"), (text, "text bold")], [*profit, []], width)


def _gated(frame: Frame) -> list[Span]:
    gates = frame.desk.gates
    gate = next(gate for gate in gates if not gate.symbol)
    besides = [f"+{len(gates) - 1} more"] if len(gates) > 1 else []
    besides += [f"{listed(sorted(frame.killed_symbols))} killed"] if frame.killed_symbols else []
    more = f" ({', '.join(besides)})" if besides else ""
    return [
        (" ■ NOT TRADING ", "warning bold"),
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
    working, risk = frame.working_orders, frame.desk.risk
    words = [(" ● TRADING ", "good bold"), (f"{working} working order{'s' * (working != 1)}", "muted")]
    over = [limit_title(limit.name) for limit in (risk.limits if risk is not None else ()) if limit.use > 1]
    if over:
        # No gate is closed, and yet orders that add to it are denied: nobody should have to look for that.
        one = f"over its limit: {over[0]}"
        words.append((f" · {one if len(over) == 1 else f'{len(over)} limits exceeded: see risk'}", "danger"))
    return words


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
