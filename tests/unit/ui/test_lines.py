"""Strips: exact widths, merged runs, and only dirty rows."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from console.core.theme import FALLBACK, load_theme
from console.ui.ink import UNPRINTABLE, Line, Palette, justified, line

SPANS = st.lists(
    st.tuples(
        st.text(alphabet="abc 123", max_size=12),
        st.sampled_from(["text", "muted", "up bold", "danger reverse"]),
    ),
    max_size=6,
)


@given(SPANS, st.integers(1, 40))
def test_a_strip_has_exactly_its_width_and_equal_neighbours_are_one_run(spans, width):
    palette = Palette(FALLBACK)
    strip = palette.strip(Line(tuple(spans)), width)
    segments = list(strip)
    assert sum(len(segment.text) for segment in segments) == width == strip.cell_length
    assert all(a.style is not b.style for a, b in pairwise(segments))
    text = "".join(span for span, _ in spans)
    if len(text) > width:
        assert strip.text == text[: width - 1] + "…"
    else:
        assert strip.text == text.ljust(width)


@given(SPANS, SPANS, st.integers(1, 60))
def test_a_justified_line_is_full_or_gives_up_its_right_side(left, right, width):
    made = justified(left, right, width)
    whole = sum(len(text) for text, _ in (*left, *right))
    if whole + 1 <= width:
        assert len(made.text) == width
    else:
        assert made.text == "".join(text for text, _ in left)


@given(SPANS, SPANS, st.integers(1, 60), st.integers(1, 20))
def test_a_right_side_that_stays_cuts_the_left_with_a_mark(left, right, width, least):
    made = justified(left, right, width, least=least).text
    first, last = ("".join(text for text, _ in spans) for spans in (left, right))
    room = width - len(last) - 1
    if len(first) <= room:
        assert made == first.ljust(width - len(last)) + last
    elif room >= least:
        assert made == (first[: room - 1] + "…").ljust(width - len(last)) + last
    else:
        assert made == first


HOSTILE = st.text(
    st.sampled_from("ab \x1b[2J\x07\n\r\x9b\u202e\u200b\ufeff\u2028\ud800漢字👍e\u0301\u20d7▲⣿"), max_size=30
)


@given(st.lists(st.tuples(HOSTILE, st.sampled_from(["text", "warning"])), max_size=4), st.integers(1, 40))
@pytest.mark.parametrize("ascii_only", [False, True])
def test_nothing_that_a_terminal_obeys_leaves_a_line_and_no_line_its_pane(ascii_only, spans, width):
    strip = Palette(FALLBACK, ascii_only=ascii_only).strip(Line(tuple(spans)), width)
    assert strip.text.isprintable()
    assert cell_len(strip.text) == width == strip.cell_length
    if ascii_only:
        assert strip.text.isascii()


def test_a_reason_with_escape_sequences_is_shown_as_text():
    told = Palette(FALLBACK).strip(line(("lunch\x1b[2J\x1b[H", "text")), 20).text
    assert told.rstrip() == f"lunch{UNPRINTABLE}[2J{UNPRINTABLE}[H"


@pytest.mark.parametrize("name", ["dark", "light", "ansi", "mono", "colour-blind", "high-contrast"])
def test_every_role_can_be_drawn_on_every_ground(repository, name):
    theme = load_theme(repository / "themes" / f"{name}.yaml")
    palette = Palette(theme)
    for role in theme.colors:
        for ground in ("surface", "panel", "selection", "alarm", "background"):
            assert palette.style(f"{role} bold", ground).bold
    if theme.monochrome:
        assert palette.style("text", "alarm") != palette.style("text", "surface")
        assert palette.style("danger", "surface") != palette.style("text", "surface")


def test_empty_spans_are_left_out():
    assert line(("", "text"), ("a", "text")) == Line((("a", "text"),))


@pytest.mark.parametrize("text", ["killed, and so on", "killed 你好, and so on"])
def test_the_mark_of_what_was_cut_can_be_read_on_red(repository, text):
    palette = Palette(load_theme(repository / "themes" / "dark.yaml"))
    drawn = palette.strip(line((text, "on_alarm bold"), background="alarm"), 10)
    mark = next(segment for segment in drawn if "…" in segment.text)
    assert mark.style == palette.style("on_alarm", "alarm")
