"""Numbers as text."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core import format as fmt


@pytest.mark.parametrize(
    ("tick", "decimals"), [(0.25, 2), ("0.01", 2), (1, 0), ("0.005", 3), (0.1, 1), (1e-9, 9), ("25", 0)]
)
def test_decimals_follow_the_tick(tick, decimals):
    assert fmt.decimals_of(tick) == decimals


def test_thousands_are_marked_and_zero_has_no_sign():
    assert fmt.number(1234567.891) == "1,234,567.89"
    assert fmt.number(-0.001) == "0.00"
    assert fmt.signed(12.5) == "+12.50"
    assert fmt.signed(0.0001) == "0.00"
    assert fmt.signed(-3) == "-3.00"


@pytest.mark.parametrize("value", [None, math.nan])
def test_what_is_not_known_is_never_a_zero(value):
    for write in (fmt.number, fmt.signed, fmt.quantity, fmt.compact, fmt.age, fmt.milliseconds):
        assert write(value) == fmt.MISSING


def test_clock_of_no_time_is_missing():
    assert fmt.clock(0) == fmt.MISSING
    assert fmt.clock(1_700_000_000_123_456, 3) == "22:13:20.123"
    assert fmt.clock(1_700_000_000_123_456) == "22:13:20"


@given(st.lists(st.floats(-1e6, 1e6), min_size=1), st.integers(0, 4))
def test_points_meet_when_set_right(values, decimals):
    numbers = [fmt.number(value, decimals + index % 3) for index, value in enumerate(values)]
    most = max(len(text) - text.find(".") if "." in text else 0 for text in numbers)
    texts = [fmt.placed(text, most) for text in numbers]
    width = max(map(len, texts))
    places = {text.rjust(width).index(".") for text in texts if "." in text}
    assert len(places) <= 1


@given(st.floats(-1e15, 1e15))
def test_compact_never_takes_more_than_six_cells(value):
    assert len(fmt.compact(value).lstrip("-")) <= 6


@given(st.sampled_from([1e3, 1e6, 1e9, 1e12]), st.floats(0.99, 1.01))
def test_compact_goes_on_to_the_next_unit(thousand, about):
    text = fmt.compact(thousand * about)
    assert not text.startswith("1000")
    assert len(text) <= 5


@given(st.floats(0, 1e9))
def test_age_never_takes_more_than_four_cells(seconds):
    assert len(fmt.age(seconds)) <= 4


@given(st.text(max_size=30), st.integers(1, 20))
def test_fitted_text_has_exactly_its_width_and_a_cut_is_marked(text, width):
    fitted, right = fmt.fit(text, width), fmt.fit_right(text, width)
    assert len(fitted) == len(right) == width
    if len(text) > width:
        assert fitted.endswith(fmt.ELLIPSIS)
        assert right.startswith(fmt.ELLIPSIS)


@given(st.floats(allow_nan=True, allow_infinity=True), st.integers(0, 30))
def test_bar_fills_its_width_and_no_use_is_never_empty(fraction, width):
    bar = fmt.bar(fraction, width)
    assert len(bar) == width
    if width and fraction > 0:
        assert bar.strip()


def test_sparkline_spans_from_least_to_greatest():
    assert fmt.sparkline([1, 2, 3], 10) == "▁▅█"
    assert fmt.sparkline([5, 5], 10) == "▄▄"
    assert fmt.sparkline([], 10) == ""
    assert len(fmt.sparkline(range(50), 10)) == 10


def test_a_series_is_spread_evenly_over_time():
    points = [(0, 1.0), (60, 2.0), (90, 3.0), (91, 4.0), (100, 5.0)]
    assert fmt.over_time(points, 11) == [1.0] * 6 + [2.0] * 3 + [3.0, 5.0]
    assert fmt.over_time(points[:1], 11) == [1.0]
    assert fmt.over_time([], 11) == []


@pytest.mark.parametrize(
    ("seconds", "text"), [(-3, "0s"), (0.99, "0s"), (9.99, "9s"), (12.7, "12s"), (600, "10m")]
)
def test_an_age_in_whole_seconds_changes_once_a_second(seconds, text):
    assert fmt.whole_age(seconds) == text


def test_of_many_names_four_are_written_out():
    assert fmt.listed([]) == ""
    assert fmt.listed(list("abcd")) == "a, b, c, d"
    assert fmt.listed(list("abcdef")) == "a, b, c, d and 2 more"
