"""What a tour of every key in every pane found ugly, cut without a mark, or misleading: it stays mended."""

from __future__ import annotations

from dataclasses import replace

import pytest

from console.core.actions import available
from console.core.commands import CommandView, Intent, Kind
from console.core.dialogue import Context, Dialogue
from console.core.format import wrapped
from console.core.keymap import build_keymap
from console.core.records import LimitRow
from console.core.theme import load_theme
from console.ui.bars import footer_line
from console.ui.help import help_lines
from console.ui.ink import Palette
from console.ui.message import message_lines
from console.ui.panes.risk import RiskPane
from console.ui.summary import summary_line
from tests.terminal.capture import LEAST_CONTRAST, contrast
from tests.terminal.keystrokes import STOPS, here
from tests.unit.core.wire import T0, gate, kill
from tests.unit.ui.frames import PAUSED, frame
from tests.unit.ui.screens import Hand

LONG = "the venue holds order stranger-1 (2 left) that the desk never placed, and nobody said who did"
CLOSED = frame(gates=[*PAUSED, gate("VENUE_LOST", reason=LONG)])


def texts(hand, part):
    return [line.text for line in hand.lines()[part]]


@pytest.mark.parametrize("height", [8, 12, 20])
def test_the_selected_line_of_the_risk_pane_is_never_behind_a_mark(height):
    pane = RiskPane()
    items = pane.records(CLOSED)
    for item in (*items, *reversed(items)):
        pane.view.selected = pane.key(item)
        shown = [line.text for line in pane.body(CLOSED, 78, height, focused=True)]
        first = next(place for place, text in enumerate(shown) if text.startswith("▌"))
        assert shown[first].split()[1:] != ["more", "lines"]
        assert pane.key_at(first + 1, CLOSED) == pane.key(item)
        # What is above is counted too.
        above = f"  ↑ {pane.view.top + 1} more lines"
        assert (shown[0] == above) == (pane.view.top > 0)


def test_a_gate_tells_its_reason_and_its_end_in_full_on_a_narrow_screen():
    pane = RiskPane()
    shown = [line.text for line in pane.body(CLOSED, 60, 40, focused=True)]
    assert LONG in " ".join(text.strip() for text in shown)
    assert max(map(len, shown)) <= 60


def test_a_filter_that_finds_nothing_says_so_in_the_risk_pane():
    pane = RiskPane()
    pane.view.filter = "zzz"
    assert "nothing matches /zzz" in "".join(line.text for line in pane.body(CLOSED, 60, 20, focused=True))
    assert pane.key_at(1, CLOSED) is None


def limited(*limits):
    """The frame with these limits alone."""
    shown = frame()
    return replace(shown, desk=replace(shown.desk, risk=replace(shown.desk.risk, limits=limits)))


def test_a_limit_that_lies_beyond_and_denies_nothing_is_no_alarm_and_hides_no_other():
    at_rest = LimitRow("price_collar", 0.02, 0.29, "fraction", "ALFA")
    gross = LimitRow("max_gross_exposure", 100.0, 95.0, "USD", "")
    pane = RiskPane()

    def style(limit):
        lines = pane.lines(limited(limit), 80, 9, focused=True)
        return {style for line in lines for text, style in line.spans if "%" in text and "limit" not in text}

    assert style(at_rest) == {"warning"}
    assert style(replace(at_rest, name="max_gross_exposure", denies=True)) == {"danger"}
    assert style(replace(at_rest, name="max_concentration", denies=True)) == {"danger"}
    assert style(replace(at_rest, name="max_daily_loss")) == {"danger"}
    assert "gross exposure 95%" in pane.lines(limited(at_rest, gross), 80, 9, focused=True)[0].text
    concentrated = replace(at_rest, name="max_concentration", denies=True)
    assert "concentration >999%" in pane.lines(limited(gross, concentrated), 80, 9, focused=True)[0].text


def test_a_limit_far_beyond_is_told_without_a_cut():
    shown = frame()
    risk = shown.desk.risk
    limits = tuple(replace(limit, value=limit.limit * 1_677) for limit in risk.limits)
    shown = replace(shown, desk=replace(shown.desk, risk=replace(risk, limits=limits)))
    text = "\n".join(line.text for line in RiskPane().body(shown, 78, 40, focused=True))
    assert ">999%!" in text
    assert "…" not in text


def test_limits_that_count_orders_say_so_and_the_top_line_that_it_does_not():
    text = "\n".join(line.text for line in RiskPane().body(frame(), 78, 40, focused=True))
    assert "+orders" in next(row for row in text.splitlines() if "gross exposure" in row)
    held = LimitRow("max_position_size", 100.0, 50.0, "units", "DLTA")
    rows = [RiskPane().lines(limited(held), width, 9, focused=True)[3].text for width in (80, 60)]
    assert [row.split()[-1] for row in rows] == ["+orders", "DLTA"]
    assert all("DLTA" in row and "…" not in row for row in rows)
    assert "exposure held" in summary_line(frame(), 120).text
    within = replace(frame(), desk=replace(frame().desk, risk=None))
    assert " held " in summary_line(within, 60).text


def test_the_positions_pane_tells_the_day_apart_from_all_days():
    hand = Hand(frame(), 120, 40)
    hand.press("4")
    told = texts(hand, "positions")
    assert "all days" in told[0]
    assert any("all days" in text and "day ≈ -600.00" in text for text in told[1:])
    assert not any("…" in text for text in told)
    assert "day p&l -600.00" in texts(hand, "summary")[0].replace("≈ ", "")


def test_help_begins_at_its_top_whenever_it_is_opened():
    hand = Hand(frame(), 80, 24)
    hand.press("question_mark")
    first = texts(hand, "help")
    hand.press("end")
    assert texts(hand, "help")[1].startswith("  ↑")
    hand.press("escape")
    hand.press("question_mark")
    assert texts(hand, "help") == first


def test_a_pane_below_the_candles_without_room_is_told_in_the_title():
    hand = Hand(frame(), 80, 24)
    hand.press("b")
    assert "RSI 14 " in texts(hand, "chart")[0]
    assert "no room below" in texts(hand, "chart")[0]
    hand = Hand(frame(), 200, 60)
    hand.press("b")
    assert "no room below" not in texts(hand, "chart")[0]


def test_a_chart_whose_bars_are_under_way_claims_nothing():
    hand = Hand(replace(frame(), bars_of="CHRL"), 80, 24)
    assert "no bar" not in "".join(texts(hand, "chart"))


def test_scrolling_back_beyond_the_oldest_bar_says_so():
    hand = Hand(replace(frame(), bars=frame().bars[:9]), 80, 24)
    hand.press("comma")
    assert "the oldest bar there is" in texts(hand, "message")[0]


def test_what_became_of_a_signal_reads_as_a_sentence():
    hand = Hand(frame(), 80, 24)
    for key in ("2", "down", "enter"):
        hand.press(key)
    (told,) = [text for text in texts(hand, "signals") if "became" in text]
    assert told.split(maxsplit=1)[1] in ("not known yet", "no order: the model says hold") or ": " in told


def test_a_number_keeps_its_unit_and_a_name_its_hyphens():
    assert wrapped("acknowledged in 16.3 ms by execution-engine", 22) == [
        "acknowledged in",
        "16.3 ms by",
        "execution-engine",
    ]
    assert wrapped("", 10) == [""]


def test_stages_name_their_service_once():
    stages = ("LATCHED by execution-engine", "CANCELLING by execution-engine", "LATCHED by paper-venue")
    told = CommandView(1, Intent(Kind.KILL), T0, stages=stages).sentence
    assert "LATCHED by execution-engine → CANCELLING → LATCHED by paper-venue" in told


def test_a_killed_desk_counts_what_is_left_where_there_is_no_room_to_name_it():
    pb_kill = kill("VERIFIED", at=T0, operator="ann@deck")
    for symbol in ("ALFA", "BRVO"):
        pb_kill.residual.add(symbol=symbol, quantity=5)
    shown = frame(killed=True, kills=[kill("LATCHED", at=T0 - 99_000, operator="ann@deck"), pb_kill])
    for width in (80, 120):
        told = summary_line(shown, width).text
        assert "VERIFIED +99 ms · left: 2 positions" in told[:width]
        assert ("at 22:13:19" in told) == (width == 120)


def test_a_read_only_console_says_how_the_desk_is_stopped():
    dialogue = Dialogue(build_keymap(None, available(read_only=True)), read_only=True)
    for pane in ("market", "risk"):
        assert "quarterdeck kill in a shell stops the desk" in footer_line(dialogue, Context(pane), 80).text
    assert "quarterdeck kill" not in footer_line(dialogue, Context("market"), 80, replay=True).text
    first = message_lines(
        dialogue, Context("market"), frame(), ("", False, 0.0), 80, 0.0, 4, first_start=True
    )
    for told in (help_lines(dialogue, Context("market"), False, 80), first):
        assert any("To stop the desk: quarterdeck kill" in line.text for line in told)
        assert not any("p pauses" in line.text or "K arms" in line.text for line in told)


def test_a_note_that_waits_for_a_file_gives_way_to_a_command():
    dialogue = Dialogue(build_keymap(), read_only=False)
    waits, told = ("the file is being written", False, float("inf")), ("copied", False, 1.0)
    done = CommandView(1, Intent(Kind.PAUSE, "ALFA"), frame().now_us, finished_us=frame().now_us)

    def shown(note, *commands):
        context = Context("market", "ALFA")
        return message_lines(dialogue, context, frame(commands=commands), note, 120, 1.0, 3)[0].text

    assert "the file is being written" in shown(waits)
    assert "pause ALFA" in shown(waits, done)
    # One that leaves by itself does not: it is what the newest key has done.
    assert "copied" in shown(told, done)


def test_the_help_names_the_symbol_that_a_key_would_touch():
    told = "\n".join(
        line.text
        for line in help_lines(
            Dialogue(build_keymap(), read_only=False), Context("market", "ALFA"), False, 120
        )
    )
    for sentence in ("Cancel every working order in ALFA (after y)", "Flatten ALFA at the market"):
        assert sentence in told
    assert "capitals" not in told


@pytest.mark.parametrize("name", ["dark", "light", "high-contrast", "colour-blind"])
def test_every_role_can_be_read_on_every_ground(repository, name):
    palette = Palette(load_theme(repository / "themes" / f"{name}.yaml"))
    roles = ("text", "muted", "faint", "accent", "up", "down", "good", "warning", "danger")
    pairs = [(role, ground) for role in roles for ground in ("background", "surface", "panel", "selection")]
    for role, ground in (*pairs, ("on_alarm", "alarm"), ("on_accent", "accent")):
        style = palette.style(role, ground)
        assert contrast(style.color, style.bgcolor) >= LEAST_CONTRAST, (role, ground)


def test_no_key_is_forgotten_on_the_tour():
    for pane in ("market", "orders", "risk", "log"):
        assert all(action.keys and STOPS[action.id].shows for action in here(pane))
