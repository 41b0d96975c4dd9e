"""Strips: exact widths, merged runs, and only dirty rows."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.theme import FALLBACK, load_theme
from console.ui.ink import Line, Palette, justified, line

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
