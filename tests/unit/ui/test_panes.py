"""What the panes and the lines around them say, as text."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from console.core.actions import PANES, available
from console.core.commandline import USAGE
from console.core.commands import Intent, Kind
from console.core.dialogue import Context, Dialogue, Mode
from console.core.feed import WatchRow
from console.core.format import MISSING
from console.core.keymap import build_keymap
from console.core.pacing import SLOWEST
from console.ui.bars import ConsoleHealth, arm_lines, footer_line, status_line
from console.ui.desk import Desk
from console.ui.help import help_lines
from console.ui.message import message_lines
from console.ui.panes.risk import _figure
from console.ui.summary import summary_line
from tests.unit.core.wire import SECOND, T0, gate, kill, position
from tests.unit.ui.frames import MONOTONIC, PAUSED, SERVICES, desk_state, frame


def make_desk(**more):
    return Desk(Dialogue(build_keymap(), read_only=False), **more)


def whole(desk, shown, width=200, height=60):
    drawn = desk.lines(shown, ConsoleHealth(), width, height, 0.0)
    return {name: "\n".join(line.text for line in lines) for name, lines in drawn.items()}


@pytest.mark.parametrize(
    ("width", "height"), [(80, 24), (100, 30), (110, 34), (120, 40), (170, 46), (200, 60), (300, 90)]
)
@pytest.mark.parametrize("pane", PANES)
@pytest.mark.parametrize("zoomed", [False, True])
def test_no_part_is_wider_or_higher_than_its_place(width, height, pane, zoomed):
    desk = make_desk(focus=pane, zoomed=zoomed)
    shown = frame(
        gates=[*PAUSED, gate("STALE_MARKET_DATA", "BRVO", reason="x" * 150)], silent=("paper-venue",)
    )
    desk.settle(shown)
    drawn = desk.lines(shown, ConsoleHealth(), width, height, 0.0)
    rectangles = desk.rectangles(width, height)
    for name, lines in drawn.items():
        assert len(lines) <= rectangles[name].height, name
    assert len(drawn[("watch" if pane == "market" else pane)]) >= 2


def test_old_data_is_marked_by_a_glyph_and_gaps_are_marked():
    desk = make_desk()
    desk.settle(frame())
    watch = whole(desk, frame())["watch"]
    row = next(text for text in watch.splitlines() if "BRVO" in text)
    assert "≈40s" in row
    assert "┆" in row
    assert "┆3 lost" in watch
    assert "· " in next(text for text in watch.splitlines() if "CHRL" in text)


def test_a_position_without_a_mark_shows_no_profit_and_the_total_says_so():
    positions = whole(make_desk(), frame())["positions"]
    row = next(text for text in positions.splitlines() if "CHRL" in text)
    assert "≈" in row
    assert "0.00" in row.split("≈")[-1]
    assert "≈" in positions.splitlines()[0]


def test_orders_in_words():
    orders = whole(make_desk(), frame(), 260)["orders"]
    assert "2 working" in orders.splitlines()[0]
    assert "▲ BUY" in orders
    assert "400/1,200" in orders
    assert "price 48.505 is off the tick" in orders


def test_risk_says_who_when_why_and_what_opens_it():
    risk = whole(make_desk(), frame(gates=PAUSED))["risk"]
    assert "operator pause ALFA for 1s by ann@deck" in risk
    assert "paused · opens when an operator resumes it" in risk
    assert "gross exposure" in risk
    assert "90%!" in risk
    assert "120%!" in risk
    assert "no gate is closed, but limit reached: drawdown" in whole(make_desk(), frame())["risk"]


def test_a_silent_service_is_named_where_it_matters():
    shown = frame(silent=SILENT)
    drawn = whole(make_desk(), shown)
    assert "○ execution-engine" in drawn["status"]
    assert "engine silent" in drawn["orders"].splitlines()[0]
    assert "engine silent" in drawn["positions"].splitlines()[0]


SILENT = ("execution-engine",)


def test_a_dead_service_is_named_within_two_seconds_of_its_last_answer():
    # On the slowest link a frame more may have to pass.
    picture = desk_state().picture(MONOTONIC + 2.0 - 1 / SLOWEST + 1e-6)
    told = status_line(replace(frame(), desk=picture), ConsoleHealth(), 200).text
    assert all(f"○ {service}" in told for service in SERVICES)


def test_the_venue_says_whether_it_is_paper():
    assert status_line(frame(), ConsoleHealth(), 120).text.startswith(" PAPER ")
    from console.core.frame import Frame

    assert status_line(Frame(T0), ConsoleHealth(), 120).text.startswith(" VENUE? ")


def test_the_summary_says_whether_we_trade_and_why_not():
    assert summary_line(frame(), 120).text.startswith(" ◐ TRADING limit reached: drawdown")
    assert "but not in ALFA: operator pause" in summary_line(frame(gates=PAUSED), 120).text
    closed = summary_line(frame(gates=[gate("VENUE_LOST", reason="no session")]), 120)
    assert closed.text.startswith(" ■ NOT TRADING 2 orders still working · venue lost: no session")


def test_a_kill_is_red_until_it_is_proved_and_names_what_is_missing():
    def shown(*stages):
        built = [kill(name, at=T0 + 1000 * n, operator="ann", open_before=3) for n, name in enumerate(stages)]
        built[-1].detail = "q1-2 has no answer" if stages[-1] == "CANCELLING" else ""
        if stages[-1] == "RESIDUAL":
            built[-1].residual.append(position("ALFA", 1200))
        return frame(killed=True, kills=built)

    red = summary_line(shown("LATCHED", "CANCELLING"), 160)
    assert red.background == "alarm"
    assert "NOT VERIFIED, missing: q1-2 has no answer" in red.text
    assert "LATCHED" in red.text
    proved = summary_line(shown("LATCHED", "CANCELLING", "VERIFIED", "RESIDUAL"), 160)
    assert proved.background != "alarm"
    assert "VERIFIED +2.0 ms" in proved.text
    assert "left: ALFA +1,200" in proved.text
    assert summary_line(frame(killed=True), 160).background == "alarm"


def test_the_armed_bar_names_scope_orders_exposure_and_keys():
    text = "\n".join(line.text for line in arm_lines(frame(), "", 4.4, 3))
    assert "KILL THE WHOLE DESK: cancels 2 open orders" in text
    assert "Keeps 2 positions, exposure ≈ 171k." in text
    assert "ENTER fires · ESC disarms · disarms by itself in 4 s" in text
    assert "KILL BRVO: cancels 1 open order worth" in arm_lines(frame(), "BRVO", 4, 3)[0].text
    assert all(line.background == "alarm" for line in arm_lines(frame(), "", 4, 3))
    assert all(len(line.text) <= 80 for line in arm_lines(frame(), "", 4, 3))


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
def test_help_and_quit_are_always_in_the_footer(width):
    text = footer_line(make_desk().dialogue, Context("orders", "ALFA"), width).text
    assert "? help" in text
    assert "q quit" in text
    assert len(text) <= width
    if width >= 80:
        assert "K kill" in text
        assert "p pause ALFA" in text


def test_help_and_footer_are_made_from_the_keymap():
    dialogue = Dialogue(build_keymap({"pause-symbol": "f5"}), read_only=False)
    assert "f5 pause ALFA" in footer_line(dialogue, Context("market", "ALFA"), 120).text
    text = "\n".join(line.text for line in help_lines(dialogue, Context("orders", "ALFA", "q1-1"), True, 200))
    for action in dialogue.keymap.actions:
        assert action.title.replace("the selected symbol", "ALFA") in text
    for written, _ in USAGE.values():
        assert written in text
    assert "f5" in text
    assert "Here, in orders, with the working order q1-1" in text
    quiet = Dialogue(build_keymap(None, available(read_only=True)), read_only=True)
    told = "\n".join(line.text for line in help_lines(quiet, Context("orders", "ALFA"), False, 200))
    assert "Kill the desk" not in told
    assert "flatten" not in told
    assert "K kill" not in footer_line(quiet, Context("orders", "ALFA"), 120).text


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_help_is_folded_and_not_cut(width):
    dialogue = Dialogue(build_keymap(), read_only=False)
    lines = [line.text for line in help_lines(dialogue, Context("orders", "ALFA", "q1-1"), True, width)]
    assert max(map(len, lines)) <= width
    whole = " ".join(" ".join(lines).split())
    for action in dialogue.keymap.actions:
        assert action.title.replace("the selected symbol", "ALFA") in whole
    for _, meaning in USAGE.values():
        assert meaning in whole


def test_details_that_are_longer_than_the_pane_are_scrolled():
    desk = make_desk(focus="signals")
    shown = frame()
    desk.move(shown, 1, 5)
    desk.pane.view.details = True
    first = whole(desk, shown, 80, 12)["signals"].splitlines()
    assert "↓" in first[-1]
    assert "number" not in "".join(first)
    for _ in range(9):
        desk.move(shown, 2, 3)
    last = whole(desk, shown, 80, 12)["signals"].splitlines()
    assert "↑" in last[-1]
    assert "↓" not in last[-1]
    assert "of epoch" in last[-2]
    desk.move(shown, 1, 3)
    assert "symbol" in whole(desk, shown, 80, 12)["signals"].splitlines()[1]


def test_a_narrow_title_gives_up_its_headline_and_not_its_marks():
    shown = frame(silent=SILENT, gates=PAUSED)
    for width, mark in ((38, "≈ · old, engine silent"), (24, "≈")):
        orders = make_desk(focus="orders").panes["orders"].title(shown, width, focused=True).text
        assert orders.startswith("▌3 orders")
        assert orders.rstrip().endswith(mark)
        assert len(orders) == width


def test_a_symbol_without_a_row_yet_has_no_figure_in_its_details():
    pane, shown = make_desk().market, frame()
    told = dict(pane.detail(WatchRow("AAPL", 2, 0.01), shown))
    asked = ("bid", "ask", "last trade", "volume", "event time", "published", "arrived")
    assert {told[name] for name in asked} == {MISSING}
    assert told["messages"] == "0, 0 lost"
    row = dict(pane.detail(replace(shown.watch[0], bid=None), shown))
    assert row["bid"] == MISSING
    assert " × " in row["ask"]
    assert row["volume"] != MISSING


def test_a_quote_says_how_long_it_was_on_its_way_where_that_is_known():
    pane, shown = make_desk().market, frame()
    row = shown.watch[0]
    assert "on its way" not in dict(pane.detail(row, shown))
    assert dict(pane.detail(replace(row, latency_us=1_500), shown))["on its way"] == "1.5 ms"


def test_a_symbol_without_a_row_has_no_volume_rather_than_none_traded():
    pane, shown = make_desk().market, frame()
    alfa, _, chrl = shown.watch
    assert pane.row(alfa, shown).text("volume") == "4.50k"
    assert pane.row(replace(alfa, volume=0), shown).text("volume") == "0"
    assert pane.row(chrl, shown).text("volume") == MISSING


def test_a_proved_kill_is_told_in_the_top_line_with_what_is_left():
    stages = [
        kill(name, at=T0 + at, operator="ann@deck") for name, at in (("LATCHED", 0), ("VERIFIED", 9_000))
    ]
    shown = frame(killed=True, kills=stages)
    told = summary_line(shown, 120).text
    assert told.startswith(" ■ NOT TRADING killed desk by ann@deck at ")
    assert "VERIFIED +9.0 ms · left: no position" in told


def test_what_is_late_is_told_at_every_width():
    shown = frame()
    late = replace(shown, desk=replace(shown.desk, event_lag_ms=4_200.0))
    for width in (80, 120, 200):
        assert "lag 4.2 s" in status_line(late, ConsoleHealth(link_ms=8), width).text
        assert "link 3.0s" in status_line(shown, ConsoleHealth(stalled_s=3.0, read_only=True), width, 12).text
    assert "lag" not in status_line(shown, ConsoleHealth(link_ms=8), 80).text


def test_the_chart_of_a_symbol_without_bars_shows_no_other_symbols_figures():
    desk = make_desk()
    desk.settle(frame())
    desk.view.overlays = ("sma",)
    assert "SMA" in whole(desk, frame())["chart"].splitlines()[0]
    desk.go("CHRL")
    title, *body = whole(desk, replace(frame(), bars=(), bars_of="CHRL"))["chart"].splitlines()
    assert "CHRL 1s" in title
    assert not re.search(r"SMA|\d{2}", title)
    assert "no bar of CHRL yet" in "".join(body)
    # And back again, though no bar came meanwhile: the first symbol's figures and keys are there as before.
    desk.go("ALFA")
    assert "SMA" in whole(desk, frame())["chart"].splitlines()[0]
    assert desk.chart.window.candles


@pytest.mark.parametrize("width", [80, 120])
def test_the_profit_stays_beside_a_long_reason(width):
    closed = summary_line(frame(gates=[gate("VENUE_LOST", reason="no session " * 12)]), width).text
    assert closed.startswith(f" ■ NOT TRADING 2 {'orders still ' * (width == 120)}working · venue lost: no")
    assert "…" in closed
    assert closed.rstrip().endswith("p&l ≈ -600.00")
    assert len(closed) == width


def test_a_killed_desk_has_no_open_gates_in_its_title():
    risk = whole(make_desk(), frame(killed=True))["risk"]
    assert "killed" in risk.splitlines()[0]


def test_breaks_that_are_not_listed_are_counted():
    shown = frame()
    trading = replace(shown.desk.trading, more_breaks=50)
    risk = whole(make_desk(), replace(shown, desk=replace(shown.desk, trading=trading)))["risk"]
    assert "50 more breaks" in risk.splitlines()[0]


@pytest.mark.parametrize("value", [0.0, -0.00123, 1.23e-100, -1.23e-100, 999.999, 1e9, float("nan")])
def test_a_figure_of_a_limit_has_its_place(value):
    assert len(_figure(value)) <= 7


def test_details_show_everything_and_a_filter_narrows():
    desk = make_desk(focus="signals")
    shown = frame()
    desk.move(shown, 1, 5)
    desk.pane.view.details = True
    assert "number" in whole(desk, shown)["signals"]
    desk.back()
    desk.pane.view.filter = "hold"
    drawn = whole(desk, shown)["signals"]
    assert "/hold" in drawn.splitlines()[0]
    assert "SELL" not in drawn
    desk.pane.view.filter = "nothing like it"
    assert "nothing matches" in whole(desk, shown)["signals"]


def test_moving_in_a_pane_selects_its_symbol_and_new_rows_do_not():
    desk = make_desk(focus="orders")
    shown = frame()
    desk.settle(shown)
    assert desk.symbol == "ALFA"
    desk.move(shown, 1, 5)
    assert (desk.symbol, desk.context(shown).order) == ("BRVO", "q1-2")
    desk.move(shown, 3, 5)
    assert desk.context(shown).order == ""


def test_questions_tell_what_they_touch():
    desk = make_desk()
    shown = frame(gates=PAUSED)
    desk.dialogue.mode = Mode.ASKING

    def told(question):
        desk.dialogue.question = question
        context = desk.context(shown)
        lines = message_lines(desk.dialogue, context, shown, desk.note, 120, 0, 3)
        return " ".join(" ".join(line.text for line in lines).split())

    assert "Trading goes on at once" in told(Intent(Kind.RESUME, "ALFA"))
    assert "max_drawdown is 500 now, 600 used, becomes 9, 600 is used already" in told(
        Intent(Kind.LIMITS, limits={"max_drawdown": 9})
    )
    assert "cancels 1 order worth 38.8k: sell 800 BRVO at 48.50" in told(Intent(Kind.CANCEL, "BRVO"))
    assert "1 other working order stays." in told(Intent(Kind.CANCEL, "BRVO"))
    desk.dialogue.mode = Mode.TYPED
    assert "sells 1,200 ALFA at the market: exposure 122k closes" in told(Intent(Kind.FLATTEN, "ALFA"))
    assert "1 working order in ALFA stays." in told(Intent(Kind.FLATTEN, "ALFA"))


def test_ages_do_not_redraw_a_row_that_stands_still():
    """Two frames a twentieth of a second apart differ in nothing that doesn't move."""
    desk = make_desk()
    first = frame()
    desk.settle(first)
    drawn = desk.lines(first, ConsoleHealth(), 200, 60, 0.0)
    later = replace(first, now_us=first.now_us + SECOND // 20)
    again = desk.lines(later, ConsoleHealth(), 200, 60, 0.05)
    changed = [name for name in drawn for a, b in zip(drawn[name], again[name], strict=True) if a != b]
    assert changed == []
