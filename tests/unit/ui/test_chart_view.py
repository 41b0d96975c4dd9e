"""Zoom, scrolling, crosshair and curves of the chart."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from console.core.bars import INTERVALS, Bar
from console.core.studies import LOWER, OVERLAYS, available, compute
from console.ui.chart import Chart, ChartView, Picture
from console.ui.chart.view import GLYPHS, ZOOMS

T0 = 1_700_000_000_000_000
SECOND = 1_000_000


def bars(count=300, step=SECOND):
    return [
        Bar(T0 + n * step, 100 + n % 7, 103 + n % 7, 99 + n % 5, 100 + (n + 1) % 7, float(n % 11))
        for n in range(count)
    ]


def draw(view, shown=None, width=100, height=30, fills=(), chart=None):
    return (chart or Chart()).lines(Picture("ALFA", shown or bars(), fills=fills), view, width, height)


@given(
    st.integers(24, 200),
    st.integers(4, 60),
    st.sampled_from(range(len(ZOOMS))),
    st.sampled_from(GLYPHS),
    st.lists(st.sampled_from(sorted(OVERLAYS)), unique=True),
    st.sampled_from(["", *LOWER]),
    st.integers(1, 300),
    st.integers(-3, 3),
)
def test_whatever_is_chosen_fits_its_place(width, height, zoom, glyphs, overlays, lower, count, cursor):
    view = ChartView(zoom=zoom, glyphs=glyphs, overlays=tuple(overlays), lower=lower)
    chart, shown = Chart(), bars(count)
    draw(view, shown, width, height, chart=chart)
    for _ in range(abs(cursor)):
        view.move_cursor(shown, 1 if cursor > 0 else -1)
        view.scroll(shown, -0.5)
    lines = draw(view, shown, width, height, chart=chart)
    assert len(lines) == height
    assert all(len(line.text) <= width for line in lines)
    if glyphs == "ascii":
        assert all(text.isascii() for line in lines[:-1] for text in line.text if text not in "┼│▁▂▃▄▅▆▇█╵·◂")


def test_joined_candles_hold_all_their_bars():
    shown = bars(64)
    for zoom, per in ((0, 8), (1, 4), (2, 2)):
        view = ChartView(zoom=zoom)
        window = view.window(shown, 40)
        whole = window.candles[1:-1]
        for candle in whole:
            mine = [bar for bar in shown if 0 <= bar.start_us - candle.start_us < per * SECOND]
            assert len(mine) == per
            assert candle.high == max(bar.high for bar in mine)
            assert candle.low == min(bar.low for bar in mine)
            assert (candle.open, candle.close) == (mine[0].open, mine[-1].close)
            assert candle.volume == sum(bar.volume for bar in mine)


def test_the_crosshair_and_the_place_stay_with_their_bars_while_new_ones_arrive():
    shown = bars(200)
    view = ChartView()
    view.window(shown, 50)
    view.scroll(shown, -1)
    view.window(shown, 50)
    view.move_cursor(shown, -1)
    at, edge = view.cursor_us, view.window(shown, 50).candles[-1]
    grown = [*shown, *(Bar(T0 + (200 + n) * SECOND, 1, 1, 1, 1, 0) for n in range(20))]
    window = view.window(grown, 50)
    assert window.candles[-1] == edge
    assert window.newer == 220 - 150
    assert view.cursor_us == at
    assert window.candles[view.cursor_place()].start_us == at
    assert view.back()
    assert view.back()
    assert not view.back()
    assert view.window(grown, 50).candles[-1] == grown[-1]


def test_scrolling_on_arrives_at_the_newest_bar_and_back_at_the_oldest():
    shown = bars(200)
    view = ChartView()
    for _ in range(40):
        view.window(shown, 50)
        view.scroll(shown, -0.5)
    assert view.window(shown, 50).candles[0] == shown[0]
    for _ in range(40):
        view.window(shown, 50)
        view.scroll(shown, 0.5)
    assert view.anchor_us is None


def test_the_curves_are_those_of_the_shared_implementation():
    import trading_rust

    shown = bars(120)
    closes = [bar.close for bar in shown]
    found = compute(["sma", "rsi", "macd", "bollinger"], shown)
    assert found["sma"][0][-1] == trading_rust.calculate_sma(closes, 20)[-1]
    assert found["rsi"][0][-1] == trading_rust.calculate_rsi(closes, 14)[-1]
    assert len(found["macd"]) == 2
    assert len(found["bollinger"]) == 3
    assert {"sma", "ema", "bollinger", "rsi", "macd"} <= set(available())


def test_curves_show_in_braille_between_the_candles_and_in_the_legend():
    chart, view = Chart(), ChartView(overlays=("bollinger",), lower="rsi")
    text = "\n".join(line.text for line in draw(view, chart=chart))
    assert any("\u2801" <= character <= "\u28ff" for character in text)
    assert "RSI" in text
    assert chart.legend(view, 2)[0][0].startswith("  BB 20·2 1")


def test_own_fills_stand_in_their_candle_and_nowhere_else():
    shown = bars(60)
    fill = (shown[30].start_us + 10, shown[30].high, 1)
    lines = draw(ChartView(), shown, fills=[fill])
    columns = {line.text.index("▲") for line in lines if "▲" in line.text}
    assert columns == {31}
    later = (shown[-1].start_us + 60 * SECOND, 100.0, -1)
    assert "▼" not in "\n".join(line.text for line in draw(ChartView(), shown, fills=[later]))


def test_keys_go_round_intervals_overlays_and_lower_panes():
    view = ChartView()
    for _ in INTERVALS:
        view.change_interval(1)
    assert view.interval == 0
    seen = []
    for _ in range(len(OVERLAYS) + 2):
        view.next_overlay(tuple(OVERLAYS))
        seen.append(view.overlays)
    assert seen[-1] == ()
    assert seen[-2] == tuple(OVERLAYS)
    view.next_lower(("rsi",))
    assert view.lower == "rsi"
    view.next_lower(("rsi",))
    assert view.lower == ""


@given(
    st.lists(st.floats(100, 103), min_size=1, max_size=6),
    st.sampled_from(range(len(ZOOMS))),
    st.sampled_from(GLYPHS),
    st.sampled_from(["", *LOWER]),
)
def test_a_tick_draws_what_a_new_chart_would_draw(closes, zoom, glyphs, lower):
    view = ChartView(zoom=zoom, glyphs=glyphs, overlays=("sma", "bollinger"), lower=lower)
    shown, chart = bars(240), Chart()
    for close in closes:
        shown = [*shown[:-1], shown[-1]._replace(close=close, high=103.0, low=99.0)]
        drawn = draw(view, shown, chart=chart)
        assert drawn == draw(view, shown)
    grown = [*shown, shown[-1]._replace(start_us=shown[-1].start_us + SECOND)]
    assert draw(view, grown, chart=chart) == draw(view, grown)
