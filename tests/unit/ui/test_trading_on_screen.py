"""Whether trading is allowed, as the top line, the risk pane, the watchlist and the window's title say it: a
kill, a gate and silence are never shown as allowed, and all four say the same.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.core.commands import CommandView, Intent, Kind
from console.core.frame import TOLD_WITHIN_US, Frame, Standing
from console.core.records import LimitRow, fill_row
from console.proto import messages_pb2 as pb
from console.ui.bars import arm_lines
from console.ui.herald import window_title
from console.ui.panes.market import MarketPane
from console.ui.panes.positions import PositionsPane
from console.ui.panes.risk import RiskPane
from console.ui.summary import summary_line
from tests.unit.core.wire import T0, fill, gate, kill, position
from tests.unit.ui.frames import MONOTONIC, NOW, desk_state, frame

PAUSED = gate("OPERATOR_PAUSE", since=T0)
RISK = frame().desk.risk
SILENT = ("execution-engine", "risk-manager")


def stages(symbol="", *names, left=()):
    built = [
        kill(name, at=T0 + 1000 * place, symbol=symbol, command=f"k{symbol}", operator="ann")
        for place, name in enumerate(names)
    ]
    built[-1].residual.extend(left)
    return built


def proved(symbol, left=()):
    return stages(symbol, "LATCHED", "CANCELLING", "VERIFIED", "RESIDUAL", left=left)


def latched_by_risk(shown):
    """The same frame, with the risk manager's own latch of the desk."""
    return replace(shown, desk=replace(shown.desk, risk=replace(shown.desk.risk, killed=True)))


def risk_pane(shown):
    lines = RiskPane().lines(shown, 120, 40, focused=True)
    good = {text.strip() for line in lines for text, style in line.spans if style == "good"} - {"●"}
    return lines[0].text, [line.text for line in lines[1:]], good


def trading_of(shown, symbol="ALFA"):
    return dict(MarketPane().detail(shown.instrument(symbol), shown))["trading"]


def after(seconds, **more):
    """The desk of the frames, its newest word so many seconds old."""
    return replace(frame(), desk=desk_state(**more).picture(MONOTONIC + seconds))


def limited(shown, *uses):
    """The same frame, with these limits and their uses, where there is a risk manager's word."""
    limits = tuple(LimitRow(f"max_{name}", 100.0, 100.0 * use, "USD", "", use > 1) for name, use in uses)
    risk = shown.desk.risk and replace(shown.desk.risk, limits=limits)
    return replace(shown, desk=replace(shown.desk, risk=risk))


def test_only_a_desk_that_says_so_is_shown_as_trading():
    shown = limited(frame(), ("gross_exposure", 1.0))
    title, body, good = risk_pane(shown)
    assert "all gates open" in title
    assert "trading is allowed" in body[0]
    assert good == {"all gates open", "● trading is allowed: no gate is closed"}
    assert trading_of(shown).startswith("allowed")
    assert window_title(shown, 0) == "PAPER trading - quarterdeck"
    assert summary_line(shown, 120).text.startswith(" ● TRADING 2 working orders")


def test_a_limit_that_is_reached_is_told_wherever_trading_is():
    shown = limited(frame(), ("gross_exposure", 1.01))
    told = summary_line(shown, 120).text
    assert told.startswith(" ◐ TRADING limit reached: gross exposure; what adds to it is denied · 2 working")
    title, body, good = risk_pane(shown)
    assert "a limit is reached" in title
    assert "limit reached: gross exposure; what adds to it is denied" in body[0]
    assert not good
    assert "is denied" in trading_of(shown)
    assert window_title(shown, 0) == "PAPER at a limit - quarterdeck"
    two = limited(frame(), ("gross_exposure", 2.0), ("net_exposure", 3.0))
    assert "2 limits reached: see risk" in summary_line(two, 120).text
    # It names the symbol where its use is largest, and may be reached in others.
    limit = LimitRow("max_concentration", 0.5, 0.6, "", "BRVO", denies=True)
    one = replace(shown, desk=replace(shown.desk, risk=replace(RISK, limits=(limit,))))
    assert "is denied" in trading_of(one, "ALFA")
    # A small desk is concentrated by nature, an order at rest may stand far off: nothing is denied for it.
    small = replace(one, desk=replace(one.desk, risk=replace(RISK, limits=(replace(limit, denies=False),))))
    assert trading_of(small, "BRVO").startswith("allowed")
    assert summary_line(small, 120).text.startswith(" ● TRADING 2 working orders")


def test_a_desk_that_is_not_trading_says_how_many_orders_still_work():
    assert summary_line(frame(gates=[PAUSED]), 120).text.startswith(
        " ■ NOT TRADING 2 orders still working · operator pause: paused"
    )
    none = replace(frame(gates=[PAUSED]), desk=replace(frame(gates=[PAUSED]).desk, orders=()))
    assert summary_line(none, 120).text.startswith(" ■ NOT TRADING operator pause: paused")


def test_what_came_after_a_kill_is_told_and_what_ends_it():
    shown = frame(killed=True, kills=proved(""))
    fills = [fill_row(fill("x1", at=T0 - 1)), fill_row(fill("x2", at=T0 + 1))]
    told = summary_line(replace(shown, desk=replace(shown.desk, fills=tuple(fills))), 140).text
    assert "left: no position · 1 fill came after it · :rearm ends it" in told
    assert "came after" not in summary_line(shown, 140).text


@pytest.mark.parametrize("kills", [(), stages("", "LATCHED"), proved("")])
def test_a_killed_desk_is_nowhere_shown_as_trading(kills):
    shown = frame(killed=True, kills=kills)
    title, body, good = risk_pane(shown)
    assert "killed" in title
    assert "trading is allowed" not in "".join(body)
    assert "kill" in "".join(body).lower()
    assert not good
    assert trading_of(shown) == "killed"


def test_a_latch_of_the_risk_manager_alone_is_nowhere_shown_as_trading():
    shown = latched_by_risk(frame())
    assert "killed, and the engine has not said" in risk_pane(shown)[1][0]
    assert not risk_pane(shown)[2]
    assert trading_of(shown) == "killed"


@pytest.mark.parametrize(
    ("shown", "since"),
    [
        (Frame(T0, watch=frame().watch), "yet"),
        (after(12, silent=SILENT), "yet"),
        (after(12), "for 12s"),
    ],
)
def test_without_a_word_from_the_desk_nothing_is_shown_as_allowed(shown, since):
    title, body, good = risk_pane(shown)
    assert "gates not known" in title
    assert f"○ no word from the desk {since}: whether trading is allowed is not known" in body[0]
    assert not good
    assert trading_of(shown) == "not known: no word from the desk"
    summary = summary_line(shown, 120)
    assert summary.text.startswith(f" ○ no word from the desk {since}")
    assert "TRADING" not in summary.text
    assert "no word from the desk" in window_title(shown, 0)


def silent(*names, flat=False):
    """The frame of these services' silence; its marks are all fresh, or it holds nothing."""
    shown = after(0.1)
    services = tuple(replace(row, age_s=60.0) if row.name in names else row for row in shown.desk.services)
    positions = () if flat else shown.desk.positions
    desk = replace(shown.desk, services=services, positions=positions)
    return replace(shown, desk=desk, totals=replace(shown.totals, certain=True))


def positions_pane(shown):
    lines = [line.text for line in PositionsPane().lines(shown, 120, 20, focused=True)]
    return lines[0], next(text for text in lines[1:] if text.startswith("  all days "))


def test_the_figures_of_a_silent_desk_stay_and_are_marked():
    assert summary_line(silent(*SILENT), 120).text.rstrip().endswith("≈ -600.00")
    assert "p&l" not in summary_line(Frame(T0), 120).text


def test_the_days_profit_and_the_limits_are_marked_while_the_risk_manager_alone_is_silent():
    fresh, shown = silent(), silent("risk-manager")
    assert "day p&l -600.00" in summary_line(fresh, 120).text
    assert "day p&l ≈ -600.00" in summary_line(shown, 120).text
    title, totals = positions_pane(shown)
    assert "day -600.00" in positions_pane(fresh)[1]
    assert "day ≈ -600.00" in totals
    # The engine's own figures are as fresh as ever.
    assert (
        "≈" not in totals.partition(" day ")[0] + title + summary_line(shown, 120).text.partition("day ")[0]
    )
    assert "≈" not in "".join(risk_pane(fresh)[1]) + risk_pane(fresh)[0]
    headline, body, _ = risk_pane(shown)
    assert "≈drawdown 120%" in headline
    limits = [text for text in body if "%" in text]
    assert len(limits) == 3
    assert all("≈" in text for text in limits)
    pane = RiskPane()
    limit = next(item for item in pane.records(shown) if item.key == "limit max_drawdown")
    assert dict(pane.detail(limit, shown))["rests on"] == "what was told before a service fell silent"
    assert "rests on" not in dict(pane.detail(limit, fresh))


@pytest.mark.parametrize("service", ["execution-engine", "paper-venue"])
@pytest.mark.parametrize("flat", [False, True])
def test_sums_of_a_silent_engine_or_venue_are_marked_wherever_they_stand(flat, service):
    shown = silent(service, flat=flat)
    assert all("≈" in text for text in risk_pane(shown)[1] if "%" in text)
    assert f"≈ 60s old, {'engine' if service == SILENT[0] else 'venue'} silent" in positions_pane(shown)[0]
    assert "exposure held ≈" in summary_line(shown, 160).text
    assert "day p&l ≈" in summary_line(shown, 160).text
    title, totals = positions_pane(shown)
    assert "all days ≈" in title
    assert "all days ≈" in totals
    assert " day ≈" in totals
    assert "≈" not in summary_line(silent(flat=flat), 160).text + "".join(positions_pane(silent(flat=flat)))


@pytest.mark.parametrize("service", ["execution-engine", "paper-venue"])
def test_orders_of_a_silent_engine_or_venue_are_marked_wherever_they_are_counted(service):
    def told(shown):
        gated = replace(shown, desk=replace(shown.desk, gates=frame(gates=[PAUSED]).desk.gates))
        bar = arm_lines(shown, "", 4.0, 3)
        return [summary_line(limited(shown), 120), summary_line(gated, 120), *bar[:2]]

    counted = ["2 working orders", "2 orders still working", "2 open orders", "2 positions"]
    for number, text in enumerate(counted):
        assert f"≈ {text}" in told(silent(service))[number].text
        assert f"≈ {text}" not in told(silent())[number].text
        assert text in told(silent())[number].text


def test_one_of_the_two_that_decide_is_word_enough():
    for service in SILENT:
        assert not silent(service).no_word


def test_a_symbols_proof_is_none_of_the_desk():
    told = frame(kills=proved("ALFA"))
    assert told.standing is Standing.PARTLY
    for shown in (latched_by_risk(told), frame(killed=True, kills=proved("ALFA"))):
        assert shown.standing is Standing.UNPROVED
        red = summary_line(shown, 120)
        assert red.background == "alarm"
        assert "KILLED, and the engine has not said how far the kill is" in red.text
        assert "KILL NOT VERIFIED" in window_title(shown, 0)


def test_a_latch_that_the_risk_manager_alone_holds_of_a_symbol_counts_as_a_kill_of_it():
    shown = frame(gates=[gate("KILL_LATCH", "ALFA")])
    assert shown.standing is Standing.UNPROVED
    assert shown.standing_of("ALFA") is Standing.UNPROVED
    assert summary_line(shown, 120).text.startswith(" ■ KILLED ALFA, and the engine has not said")
    assert trading_of(shown).startswith("kill latch")
    assert trading_of(limited(shown), "BRVO").startswith("allowed")


def test_the_desks_missing_word_comes_before_a_symbols_missing_proof_and_has_none_of_its_seconds():
    shown = frame(killed=True, kills=stages("ALFA", "LATCHED"))
    assert summary_line(shown, 120).text.startswith(" ■ KILLED, and the engine has not said")


def test_the_seconds_are_those_of_the_kill_that_is_told():
    early, late = stages("", "LATCHED"), stages("ALFA", "LATCHED")
    early[0].at_us, late[0].at_us = NOW - 2_000_000, NOW - 40_000_000
    text = summary_line(frame(killed=True, kills=[*early, *late]), 120).text
    assert text.startswith(" ■ 2.0 s KILL desk NOT VERIFIED")


def test_a_symbol_that_is_latched_without_a_word_is_named_wherever_trading_is_told():
    state = desk_state(gates=[gate("OPERATOR_PAUSE", "BRVO")])
    paused = pb.TradingState(killed_symbols=["ALFA"], gates=[gate("OPERATOR_PAUSE", "BRVO")])
    state.set_trading_from_pong(paused)
    shown = replace(frame(), desk=state.picture(MONOTONIC))
    assert summary_line(shown, 120).text.startswith(" ■ KILLED ALFA, and the engine has not said")
    assert "■ killed ALFA, and the engine has not said" in risk_pane(shown)[1][0]
    assert trading_of(shown) == "killed"
    assert trading_of(limited(shown), "CHRL").startswith("allowed")
    market = MarketPane()
    assert market.row(shown.instrument("ALFA"), shown).text("symbol").startswith("■ALFA")
    assert market.rests_on(shown.instrument("ALFA"), shown)[-1]


def test_a_kill_that_was_acknowledged_here_is_never_shown_as_trading_before_the_streams_bring_it():
    latched = ("LATCHED by execution-engine",)
    under_way = CommandView(1, Intent(Kind.KILL), NOW, stages=latched)
    for view in (under_way, replace(under_way, finished_us=NOW)):
        shown = replace(frame(), commands=(view,))
        assert summary_line(shown, 120).background == "alarm"
        assert trading_of(shown) == "killed"
    symbol = replace(under_way, intent=Intent(Kind.KILL, "ALFA"))
    assert replace(frame(), commands=(symbol,)).standing_of("ALFA") is Standing.UNPROVED
    assert limited(replace(frame(), commands=(symbol,))).standing_of("BRVO") is Standing.TRADING
    # Told or lifted by then: the streams alone are believed.
    long_ago = replace(under_way, finished_us=NOW - TOLD_WITHIN_US)
    # A clock that was put back since makes no kill of long ago a new one.
    put_back = replace(under_way, finished_us=NOW + TOLD_WITHIN_US)
    refused = replace(under_way, stages=())
    for view in (long_ago, put_back, refused, replace(under_way, intent=Intent(Kind.PAUSE))):
        assert limited(replace(frame(), commands=(view,))).standing is Standing.TRADING


def test_the_desks_proof_holds_for_its_symbols_and_a_symbols_for_none_but_itself():
    def shown(killed, *kills):
        state = desk_state()
        trading = pb.TradingState(killed_symbols=killed, desk_killed="" in killed, kills=kills)
        state.set_trading_from_pong(trading)
        return replace(frame(), desk=state.picture(MONOTONIC)).standing

    assert shown(["ALFA"]) is Standing.UNPROVED
    assert shown(["ALFA", "BRVO"], *proved("ALFA")) is Standing.UNPROVED
    assert shown(["ALFA", "BRVO"], *proved("ALFA"), *proved("BRVO")) is Standing.PARTLY
    assert shown(["", "ALFA"], *proved("")) is Standing.KILLED
    assert shown(["", "ALFA"], *proved(""), *stages("ALFA", "LATCHED")) is Standing.UNPROVED


@pytest.mark.parametrize(
    ("symbols", "told"), [(["ALFA"], "ALFA killed"), (["ALFA", "BRVO"], "ALFA, BRVO killed")]
)
def test_a_symbols_kill_hides_no_gate_of_the_whole_desk(symbols, told):
    latches = [gate("KILL_LATCH", symbol) for symbol in symbols]
    shown = frame(kills=[stage for symbol in symbols for stage in proved(symbol)], gates=[*latches, PAUSED])
    text = summary_line(shown, 140).text
    more = f"operator pause (+{len(symbols)} more, {told}): paused"
    assert text.startswith(f" ■ NOT TRADING 2 orders still working · {more}")
    assert "not trading" in window_title(shown, 0)


def test_a_symbols_kill_alone_is_told_with_what_is_left():
    shown = frame(kills=proved("ALFA", [position("ALFA", 1200)]), gates=[gate("KILL_LATCH", "ALFA")])
    text = summary_line(shown, 120).text
    assert text.startswith(" ■ killed ALFA by ann")
    assert "NOT TRADING" not in text
    assert "left: ALFA +1,200" in text
    assert "ALFA killed" in window_title(shown, 0)


def test_every_killed_symbol_is_named_and_where_else_nothing_is_traded():
    left = [position("ALFA", 1200)], [position("BRVO", -800)]
    kills = [*proved("ALFA", left[0]), *proved("BRVO", left[1])]
    latches = [gate("KILL_LATCH", symbol) for symbol in ("ALFA", "BRVO")]
    text = summary_line(frame(kills=kills, gates=[*latches, gate("OPERATOR_PAUSE", "CHRL")]), 140).text
    assert text.startswith(" ■ killed ALFA, BRVO · VERIFIED · left: 2 positions")
    assert "nor trading in CHRL: see risk" in text


def test_a_killed_desk_that_falls_silent_stays_killed():
    shown = replace(after(60, killed=True, kills=proved("")), now_us=NOW)
    assert summary_line(shown, 120).text.startswith(" ■ NOT TRADING killed desk by ann")
    assert "killed" in window_title(shown, 0)


SCOPES = st.sampled_from(["", "ALFA", "BRVO"])


@st.composite
def moments(draw):
    """A desk whose kills, latches, gates and silences came in any order."""
    names = ("LATCHED", "CANCELLING", "VERIFIED", "RESIDUAL")
    told = draw(st.dictionaries(SCOPES, st.integers(1, 4), max_size=3))
    kills = [stage for scope, count in told.items() for stage in stages(scope, *names[:count])]
    gates = [gate("OPERATOR_PAUSE", scope) for scope in draw(st.sets(SCOPES))]
    killed = draw(st.sets(SCOPES))
    state = desk_state(gates=gates)
    state.set_trading_from_pong(
        pb.TradingState(
            venue="PAPER", killed_symbols=killed - {""}, desk_killed="" in killed, kills=kills, gates=gates
        )
    )
    shown = replace(frame(), desk=state.picture(MONOTONIC + draw(st.sampled_from([0.1, 60.0]))))
    shown = limited(shown, ("gross_exposure", draw(st.sampled_from([0.5, 1.5]))))
    return latched_by_risk(shown) if draw(st.booleans()) else shown


# How each standing begins on the top line, what the window's title holds, and what the risk pane's list says.
WORDS = {
    Standing.UNPROVED: (" ■", "KILL NOT VERIFIED", "kill"),
    Standing.KILLED: (" ■ NOT TRADING killed desk", " killed", "killed desk"),
    Standing.UNKNOWN: (" ○ no word", "no word", "is not known"),
    Standing.GATED: (
        " ■ NOT TRADING 2 orders still working · operator pause",
        "not trading",
        "operator pause",
    ),
    Standing.PARTLY: (" ", "", ""),
    Standing.LIMITED: (" ◐ TRADING limit reached", "at a limit", "is denied"),
    Standing.TRADING: (" ● TRADING", " trading -", "● trading is allowed"),
}


@settings(deadline=None)
@given(moments())
def test_every_part_of_the_screen_says_the_same(shown):
    standing, top, window = shown.standing, summary_line(shown, 200), window_title(shown, 0)
    _, body, good = risk_pane(shown)
    begins, named, listed = WORDS[standing]
    assert top.text.startswith(begins)
    assert named in window
    assert listed in "\n".join(body).lower()
    assert (top.background == "alarm") == (standing is Standing.UNPROVED)
    allowed = {row.symbol for row in shown.watch if trading_of(shown, row.symbol).startswith("allowed")}
    trades = standing is Standing.TRADING
    assert bool(good) == trades
    assert ("● trading is allowed" in body[0]) == trades
    assert (len(allowed) == len(shown.watch)) == trades
    if standing is Standing.PARTLY:
        trading = {Standing.TRADING, Standing.LIMITED}
        assert any(shown.standing_of(row.symbol) in trading for row in shown.watch)
        assert any(sign in top.text for sign in ("◐ TRADING but not in", "■ killed"))
        assert "killed" in window or "trading but not in" in window
    elif standing not in (Standing.UNPROVED, Standing.LIMITED):
        # A kill of one symbol that is not proved is red, and the others trade on.
        assert trades or not allowed
