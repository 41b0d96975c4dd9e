"""Whether trading is allowed, as the top line, the risk pane, the watchlist and the window's title say it: a
kill, a gate and silence are never shown as allowed, and all four say the same.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from console.core.frame import Frame
from console.core.records import LimitRow
from console.proto import messages_pb2 as pb
from console.ui.bars import summary_line
from console.ui.herald import window_title
from console.ui.panes.market import MarketPane
from console.ui.panes.risk import RiskPane
from tests.unit.core.wire import T0, gate, kill, position
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


def test_only_a_desk_that_says_so_is_shown_as_trading():
    title, body, good = risk_pane(frame())
    assert "all gates open" in title
    assert "trading is allowed" in body[0]
    assert good == {"all gates open", "● trading is allowed: no gate is closed"}
    assert trading_of(frame()).startswith("allowed")
    assert window_title(frame(), 0) == "PAPER trading - quarterdeck"


def test_a_limit_that_is_exceeded_stands_beside_the_trading_that_it_denies():
    def told(*uses):
        limits = [LimitRow(f"max_{name}", 100.0, 100.0 * use, "USD", "") for name, use in uses]
        desk = replace(frame().desk, risk=replace(RISK, limits=limits))
        return summary_line(replace(frame(), desk=desk), 120)

    assert "over its limit" not in told(("gross_exposure", 1.0)).text
    assert "TRADING 2 working orders · over its limit: gross exposure " in told(("gross_exposure", 1.01)).text
    assert "2 limits exceeded: see risk" in told(("gross_exposure", 2.0), ("net_exposure", 3.0)).text


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
    assert "killed: the engine has not said" in risk_pane(shown)[1][0]
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


def test_the_figures_of_a_silent_desk_stay_and_are_marked():
    text = summary_line(replace(after(12), totals=replace(frame().totals, certain=True)), 120).text
    assert text.rstrip().endswith("≈ -600.00")
    assert "p&l" not in summary_line(Frame(T0), 120).text


def test_one_of_the_two_that_decide_is_word_enough():
    for service in SILENT:
        shown = after(0.1)
        services = tuple(
            replace(row, age_s=60.0) if row.name == service else row for row in shown.desk.services
        )
        assert not replace(shown, desk=replace(shown.desk, services=services)).no_word


def test_a_symbols_proof_is_none_of_the_desk():
    told = frame(kills=proved("ALFA"))
    assert not told.kill_unproved
    for shown in (latched_by_risk(told), frame(killed=True, kills=proved("ALFA"))):
        assert shown.kill_unproved
        red = summary_line(shown, 120)
        assert red.background == "alarm"
        assert "KILLED, and the engine has not said how far the kill is" in red.text
        assert "KILL NOT VERIFIED" in window_title(shown, 0)


def test_the_desks_missing_word_comes_before_a_symbols_missing_proof():
    shown = frame(killed=True, kills=stages("ALFA", "LATCHED"))
    assert "KILLED, and the engine has not said" in summary_line(shown, 120).text


def test_the_desks_proof_holds_for_its_symbols_and_a_symbols_for_none_but_itself():
    def shown(killed, *kills):
        state = desk_state()
        trading = pb.TradingState(killed_symbols=killed, desk_killed="" in killed, kills=kills)
        state.set_trading_from_pong(trading)
        return replace(frame(), desk=state.picture(MONOTONIC))

    assert shown(["ALFA"]).kill_unproved
    assert shown(["ALFA", "BRVO"], *proved("ALFA")).kill_unproved
    assert not shown(["ALFA", "BRVO"], *proved("ALFA"), *proved("BRVO")).kill_unproved
    assert not shown(["", "ALFA"], *proved("")).kill_unproved
    assert shown(["", "ALFA"], *proved(""), *stages("ALFA", "LATCHED")).kill_unproved


@pytest.mark.parametrize(
    ("symbols", "told"), [(["ALFA"], "ALFA killed"), (["ALFA", "BRVO"], "ALFA, BRVO killed")]
)
def test_a_symbols_kill_hides_no_gate_of_the_whole_desk(symbols, told):
    latches = [gate("KILL_LATCH", symbol) for symbol in symbols]
    shown = frame(kills=[stage for symbol in symbols for stage in proved(symbol)], gates=[*latches, PAUSED])
    text = summary_line(shown, 140).text
    assert text.startswith(f" ■ NOT TRADING operator pause (+{len(symbols)} more, {told}): paused")
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
