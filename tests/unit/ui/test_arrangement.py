"""Every size from tiny to a wall: parts are whole, inside the screen, and never on top of each other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.actions import PANES
from console.ui.arrangement import PARTS, arrange, shows_all


@given(
    st.integers(40, 320),
    st.integers(10, 100),
    st.sampled_from(PANES),
    st.booleans(),
    st.sampled_from([1, 2, 3, 9]),
    st.sampled_from([None, *PANES]),
)
def test_parts_are_inside_and_apart(width, height, focus, zoomed, message_rows, alone):
    found = arrange(width, height, focus, zoomed=zoomed, message_rows=message_rows, alone=alone)
    cells: set[tuple[int, int]] = set()
    # A message lies over panes, and leaves of each its title and a row.
    top = found["message"].y
    for name, rect in found.items():
        covered = max(0, rect.y + rect.height - top) if name not in ("message", "footer") else 0
        assert rect.height - covered >= (2 if covered else 1)
        rect = rect._replace(height=rect.height - covered)
        assert rect.width > 0
        assert rect.height > 0
        assert rect.x >= 0
        assert rect.x + rect.width <= width
        assert rect.y >= 0
        assert rect.y + rect.height <= height
        mine = {
            (x, y) for x in (rect.x, rect.x + rect.width - 1) for y in range(rect.y, rect.y + rect.height)
        }
        assert not mine & cells
        cells |= mine
    shown = {name for name in PANES if PARTS[name][0] in found}
    assert (alone or focus) in shown
    assert shown == set(PANES) or alone or "tabs" in found
    for name in ("status", "summary", "message", "footer"):
        assert found[name].width == width


@pytest.mark.parametrize(("width", "height"), [(120, 40), (200, 60), (300, 90), (110, 34)])
def test_all_panes_are_there_when_there_is_room(width, height):
    assert shows_all(width, height)
    found = arrange(width, height, "log")
    assert all(part in found for parts in PARTS.values() for part in parts)
    assert all(found[name].height >= 4 for name in PANES if name in found)


def test_a_small_screen_shows_one_pane_and_its_tabs():
    found = arrange(80, 24, "market")
    assert {"tabs", "watch", "chart"} <= set(found)
    assert "orders" not in found
    assert set(arrange(80, 24, "orders", alone="orders")) == {
        "status",
        "summary",
        "message",
        "footer",
        "orders",
    }


@pytest.mark.parametrize(("width", "height"), [(120, 40), (200, 60), (300, 90)])
def test_a_message_moves_no_pane(width, height):
    plain = arrange(width, height, "market")
    found = arrange(width, height, "market", message_rows=3)
    assert {name for name in plain if found[name] != plain[name]} == {"message"}
    assert found["message"].y + 3 == found["footer"].y
