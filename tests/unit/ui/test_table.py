"""Tables: selections follow their row, columns give way, nothing runs over the edge."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from console.ui.table import HIDDEN_COLUMNS, TO_THE_END, Column, TableRow, View, table

COLUMNS = (
    Column("name", "name", least=6),
    Column("price", "price", ".", 1, least=6),
    Column("why", "why", rank=2, flexible=True, least=8),
    Column("id", "id", rank=3, least=10),
)


def row(key, price="1.00", why="because it is so"):
    return TableRow(
        key,
        {"name": (key, "text"), "price": (price, "text"), "why": (why, "muted"), "id": (key * 2, "faint")},
    )


def draw(keys, view, width=60, height=10, **more):
    return table(COLUMNS, keys, lambda place: row(keys[place], **more), view, width, height, focused=True)


def test_the_selection_follows_its_row_while_rows_move():
    view = View()
    view.move(["a", "b", "c"], 1)
    view.move(["a", "b", "c"], 1)
    assert view.selected == "b"
    lines = draw(["x", "y", "z", "a", "b", "c"], view)
    assert [line.background for line in lines].index("selection") == 5
    assert "b" in lines[5].text


def test_when_its_row_is_gone_nothing_is_selected():
    view = View(selected="b")
    assert view.index(["a", "b", "c"]) == 1
    assert view.index(["a", "c"]) is None
    assert view.selected is None
    view.move(["a", "c"], 1)
    assert view.selected == "c"


@given(
    st.lists(st.text("abcdef", min_size=1, max_size=4), unique=True, max_size=40),
    st.integers(3, 90),
    st.integers(1, 20),
    st.lists(st.integers(-5, 5), max_size=10),
)
def test_no_line_is_wider_than_its_pane_and_the_selected_row_is_visible(keys, width, height, moves):
    view = View()
    for step in moves:
        view.move(keys, step)
        lines = draw(keys, view, width, height)
        assert len(lines) <= max(height, 2)
        if width >= 12:
            assert all(len(line.text) <= width for line in lines)
        if keys and height > 1:
            assert sum(line.background == "selection" for line in lines) == 1


def test_columns_of_the_highest_rank_give_way_first_and_it_is_marked():
    wide = draw(["aa"], View(), 60)[0].text
    assert wide.split() == ["name", "price", "why", "id"]
    narrow = draw(["aa"], View(), 30)[0].text
    assert "id" not in narrow.split()
    assert narrow.rstrip().endswith(HIDDEN_COLUMNS)


def test_points_meet_over_rows_of_different_decimals():
    prices = {"a": "1,234.5", "b": "0.125", "c": "7"}
    lines = table(
        COLUMNS,
        list(prices),
        lambda place: row("abc"[place], prices["abc"[place]], ""),
        View(),
        60,
        10,
        focused=False,
    )
    points = {line.text.index(".") for line in lines[1:3]}
    assert len(points) == 1
    assert lines[3].text.index("7") == points.pop() - 1


def test_widths_only_grow_until_the_pane_is_resized():
    view = View()
    before = draw(["a"], view, price="12,345,678.00")[0].text
    assert draw(["a"], view, price="1.00")[0].text == before
    assert draw(["a"], view, 59, price="1.00")[0].text != before


@given(
    st.lists(
        st.lists(
            st.tuples(st.sampled_from("abcdef"), st.sampled_from(["1.0", "12.345", "7", "1,234.5", "·"])),
            unique_by=lambda pair: pair[0],
            max_size=6,
        ),
        min_size=1,
        max_size=6,
    ),
    st.integers(12, 60),
)
def test_what_is_kept_from_the_frame_before_changes_no_line(frames, width):
    rows: dict[tuple[str, str], TableRow] = {}
    kept, view = View(), View()
    for pairs in frames:
        keys = [key for key, _ in pairs]
        same = [rows.setdefault(pair, row(*pair)) for pair in pairs]
        anew = [row(*pair) for pair in pairs]
        drawn = table(COLUMNS, keys, same.__getitem__, kept, width, 10, focused=True)
        # Rows that are new objects are all looked at and drawn again.
        assert drawn == table(COLUMNS, keys, anew.__getitem__, view, width, 10, focused=True)


def test_rows_that_stand_still_are_the_same_lines():
    view, rows = View(), {"a": row("a"), "b": row("b", "2.50")}
    first = table(COLUMNS, ["a", "b"], lambda place: rows["ab"[place]], view, 60, 10, focused=True)
    rows["b"] = row("b", "3.50")
    again = table(COLUMNS, ["a", "b"], lambda place: rows["ab"[place]], view, 60, 10, focused=True)
    assert again[1] is first[1]
    assert again[2] is not first[2]


def test_the_title_of_the_column_that_sorts_stays_whole():
    view = View(sort="name")
    first, plain = draw(["abcdef"], view)[0].text, draw(["abcdef"], View())[0].text
    assert first == plain.replace("name ", "name▾")
    view.sort_by("price")
    assert " price▾" in draw(["abcdef"], view)[0].text


def test_the_mark_of_sorting_has_a_place_beside_a_title_as_wide_as_its_column():
    for align in "<>.":
        columns = (Column("a", "symbol", align), Column("b", "other", align))
        rows = [TableRow("k", {"a": ("x", "text"), "b": ("y", "text")})]
        for key, wanted in (("a", "  symbol▾other"), ("b", "  symbol other▾")):
            heading = table(columns, ["k"], rows.__getitem__, View(sort=key), 40, 5, focused=True)[0]
            assert heading.text.rstrip() == wanted


def test_the_ends_are_reached_whether_or_not_something_is_selected():
    for step, wanted in ((TO_THE_END, "c"), (-TO_THE_END, "a")):
        view = View()
        view.move(["a", "b", "c"], step)
        assert view.selected == wanted


@given(st.integers(1, 40), st.integers(2, 20), st.integers(0, 25), st.integers(0, 39), st.integers(0, 39))
def test_the_selected_row_stands_above_what_covers_the_last_ones(count, height, covered, place, top):
    keys = [f"k{number}" for number in range(count)]
    view = View(selected=keys[place % count], top=top, covered=covered)
    lines = draw(keys, view, height=height + 1)
    uncovered = lines[: 1 + max(1, height - covered)]
    assert sum(line.background == "selection" for line in uncovered) == 1
    view.covered = 0
    draw(keys, view, height=height + 1)
    assert view.shown == range(view.top, min(count, view.top + height))
    assert len(view.shown) == min(count, height)


def test_what_covers_rows_moves_none_that_need_not_move():
    keys = [f"k{number}" for number in range(30)]
    view = View(selected="k12", top=10)
    for covered in (0, 4, 0):
        view.covered = covered
        draw(keys, view, height=11)
        assert view.top == 10
    view.covered, view.selected = 4, None
    draw(keys, view, height=11)
    assert view.top == 10
