"""Candles as text."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from console.core.bars import Bar
from console.ui.chart import Chart, ChartView, Picture, choose_scale

T0 = 1_700_000_000_000_000


def draw(
    bars,
    width=60,
    height=14,
    *,
    chart=None,
    solid=False,
    marks=None,
    tick=0.01,
    decimals=2,
    view=None,
    fills=(),
):
    picture = Picture("ALFA", bars, decimals, tick, marks or {}, fills, solid)
    return (chart or Chart()).lines(picture, view or ChartView(), width, height)


def bar(number, opened, high, low, closed, volume=1.0):
    return Bar(T0 + number * 1_000_000, opened, high, low, closed, volume)


PRICES = st.floats(1e-6, 1e7)


@example([(1.0, 1.0, 800_802.0, 1.0)], 24, 4, 1e-9)
@given(
    st.lists(st.tuples(PRICES, PRICES, PRICES, PRICES), min_size=1, max_size=80),
    st.integers(1, 120),
    st.integers(1, 40),
    st.sampled_from([1e-9, 0.01, 0.25, 1]),
)
def test_any_prices_fit_any_size(prices, width, height, tick):
    bars = [bar(n, a, max(a, b, c, d), min(a, b, c, d), d) for n, (a, b, c, d) in enumerate(prices)]
    lines = draw(bars, width, height, tick=tick)
    assert len(lines) <= max(height, 1)
    if width >= 24:
        assert all(len(line.text) <= width for line in lines[:-1])


def test_a_rising_and_a_falling_candle():
    lines = draw([bar(0, 1, 3, 0, 2), bar(1, 2, 3, 0, 1)], height=10, solid=True)
    rising = "".join(line.text[1] for line in lines)
    falling = "".join(line.text[2] for line in lines)
    assert "┃" in rising
    assert "█" not in rising
    assert "█" in falling
    assert "│" in rising


def test_a_doji_is_seen():
    lines = draw([bar(0, 1, 1, 1, 1), bar(1, 2, 2, 2, 2)], height=10)
    for column in (1, 2):
        assert any(line.text[column] in "╹╻┃" for line in lines)


def test_the_last_price_and_the_marks_stand_on_the_axis():
    bars = [bar(n, 100, 110, 90, 105) for n in range(10)]
    text = "\n".join(line.text for line in draw(bars, height=20, marks={95.0: ("▸", "up")}))
    assert "◂ " in text
    assert "105.00" in text
    assert "▸" in text
    assert "95.00" in text


def test_the_scale_stays_while_it_fits():
    chart = Chart()
    bars = [bar(n, 100, 110, 90, 105) for n in range(10)]
    before = draw(bars, chart=chart, height=20)
    grown = [*bars[:-1], bar(9, 100, 110.2, 90, 106)]
    after = draw(grown, chart=chart, height=20)
    changed = sum(a != b for a, b in zip(before, after, strict=True))
    assert changed <= 4


@given(st.floats(1e-6, 1e9), st.floats(0, 0.5), st.sampled_from([1e-9, 0.01, 0.25]))
def test_a_scale_holds_its_prices(low, spread, tick):
    high = low * (1 + spread)
    scale = choose_scale(low, high, tick, None)
    assert scale.low <= low
    assert high <= scale.high
    assert choose_scale(low, high, tick, scale) == scale


def test_no_bars_say_so():
    assert "no bar of ALFA yet" in "\n".join(line.text for line in draw([]))


def test_an_order_off_the_scale_is_told_at_the_end_of_the_axis():
    bars = [bar(n, 100, 101, 99, 100 + n % 2) for n in range(40)]
    marks = {250.0: ("▸", "up"), 300.0: ("▸", "up"), 100.0: ("▹", "down"), 7.5: ("═", "warning")}
    lines = [line.text for line in draw(bars, marks=marks)]
    assert lines[0].rstrip().endswith("↑250.00")
    assert "▸" in lines[0]
    assert "300.00" not in "".join(lines)
    told = next(text for text in lines if "↓7.50" in text)
    assert "═" in told
    assert sum("▹" in text for text in lines) == 1
