"""One line being typed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from console.core.lineedit import LineEditor


def typed(text, **more):
    editor = LineEditor(**more)
    for character in text:
        editor.key(character, character)
    return editor


def test_typing_moving_and_deleting():
    editor = typed("paus ALFA")
    for _ in range(5):
        editor.key("left", None)
    editor.key("e", "e")
    assert editor.text == "pause ALFA"
    editor.key("home", None)
    editor.key("delete", None)
    assert editor.text == "ause ALFA"
    editor.key("end", None)
    editor.key("ctrl+w", None)
    assert editor.text == "ause "
    editor.key("backspace", None)
    editor.key("ctrl+u", None)
    assert (editor.text, editor.cursor) == ("", 0)


def test_history_goes_back_and_forth():
    editor = LineEditor()
    for text in ("one", "two", "two"):
        editor.insert(text)
        assert editor.submit() == text
    for expected in ("two", "one", "one"):
        editor.key("up", None)
        assert editor.text == expected
    editor.key("down", None)
    assert editor.text == "two"
    editor.key("down", None)
    assert editor.text == ""


def test_tab_goes_round_the_completions():
    editor = typed("pa", complete=lambda text: ["pause", "pane"])
    seen = []
    for _ in range(4):
        editor.key("tab", None)
        seen.append(editor.text)
    assert seen == ["pause", "pane", "pa", "pause"]
    editor = typed("pause a", complete=lambda text: ["ALFA"])
    editor.key("tab", None)
    assert editor.text == "pause ALFA "


def test_a_paste_is_one_line():
    editor = LineEditor()
    editor.insert("a\nb\x1b[31m")
    assert editor.text == "a b [31m"


@given(
    st.lists(
        st.sampled_from(["left", "right", "home", "end", "backspace", "delete", "ctrl+w", "a", "b", "up"])
    )
)
def test_the_cursor_never_leaves_the_text(keys):
    editor = LineEditor()
    for key in keys:
        editor.key(key, key if len(key) == 1 else None)
        assert 0 <= editor.cursor <= len(editor.text)
