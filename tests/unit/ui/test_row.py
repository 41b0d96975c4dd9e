"""A row is sent with fewer bytes than Rich would take, and a terminal shows the same."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from console.core.theme import ROLES, ThemeBook
from console.ui.ink import Palette, line
from console.ui.row import Row

COLORS = ("#5fd7af", "#ff5f5f", "#121212", "red", "bright_blue", "default")
ATTRIBUTES = ("bold", "dim", "italic", "underline", "reverse")
STYLES = st.builds(
    Style,
    color=st.sampled_from(COLORS),
    bgcolor=st.sampled_from(COLORS),
    **{name: st.sampled_from((True, None)) for name in ATTRIBUTES},
)
RUNS = st.lists(st.tuples(st.sampled_from(("ab", " ", "  ", "▲1", " x ")), STYLES | st.none()), max_size=8)
DEPTHS = (ColorSystem.STANDARD, ColorSystem.EIGHT_BIT, ColorSystem.TRUECOLOR)
OFF = {22: ("bold", "dim"), 23: ("italic",), 24: ("underline",), 27: ("reverse",)}
ON = {1: "bold", 2: "dim", 3: "italic", 4: "underline", 7: "reverse"}


def console(depth):
    made = Console()
    made._color_system = depth
    return made


def shown(written):
    """The cells that a terminal shows: of a blank only its ground."""
    cells, worn = [], {}
    for codes, text in re.findall(r"\x1b\[([\d;]*)m|([^\x1b]+)", written):
        if text:
            cells += [cell(character, worn) for character in text]
        else:
            worn = after(worn, [int(code or 0) for code in codes.split(";")])
    assert worn == {}
    return cells


def after(worn, codes):
    worn, rest = dict(worn), iter(codes)
    for code in rest:
        if code == 0:
            worn = {}
        elif code in ON:
            worn[ON[code]] = True
        elif code in OFF:
            worn = {name: value for name, value in worn.items() if name not in OFF[code]}
        elif code in (38, 48):
            kind = next(rest)
            worn[code] = (kind, *(next(rest) for _ in range({5: 1, 2: 3}[kind])))
        elif code in (39, 49):
            worn.pop(code - 1, None)
        else:
            worn[38 if code // 10 in (3, 9) else 48] = code
    return worn


def cell(character, worn):
    if character == " ":
        reverse = worn.get("reverse")
        ground = (worn.get(48), worn.get("underline"), reverse, worn.get(38) if reverse else None)
        return (character, *ground)
    return character, tuple(sorted(worn.items(), key=str))


@given(RUNS, st.sampled_from(DEPTHS))
def test_a_terminal_shows_what_rich_would_have_written(runs, depth):
    segments = [Segment(text, style) for text, style in runs]
    ours, theirs = (kind(segments).render(console(depth)) for kind in (Row, Strip))
    assert shown(ours) == shown(theirs)


@pytest.mark.parametrize("name", ["dark", "ansi", "mono"])
def test_runs_on_one_ground_cost_half_of_what_rich_takes(repository, name):
    palette = Palette(ThemeBook(repository / "themes").select(name))
    roles = [role for role in ROLES if role not in ("background", "surface", "panel", "selection")]
    row = palette.strip(line(*((f"{role} ", role) for role in roles)), 200)
    assert isinstance(row, Row)
    ours = row.render(console(ColorSystem.TRUECOLOR))
    theirs = Strip(list(row)).render(console(ColorSystem.TRUECOLOR))
    text = sum(len(segment.text) for segment in row)
    assert len(ours) - text <= 0.5 * (len(theirs) - text)
