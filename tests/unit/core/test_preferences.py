"""A trader's own file: checked when it is loaded, each mistake named with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.core.preferences import Memory, Preferences, PreferencesError, load_preferences, place_of

MISTAKES = [
    ("colour: red", "unknown key 'colour'; known here: theme"),
    ("price_up: blue", "price_up must be one of green, red, not 'blue'"),
    ("mouse: 1", "mouse must be true or false"),
    ("columns: {markets: [bid]}", "columns: there is no pane 'markets'"),
    ("columns: {market: []}", "columns.market must be a list of names"),
    ("watchlists: {mine: [ALFA, NONE]}", "watchlists.mine: the desk has no symbol 'NONE'"),
    ("watchlists: {mine: [ALFA, ALFA]}", "names 'ALFA' twice"),
    ("hidden: [market, signals, orders, positions, risk, log]", "one pane must stay"),
    ("hidden: [charts]", "there is no pane 'charts'"),
    ("- theme", "the top level must be a mapping"),
    ("theme: [", "is not YAML"),
]


@pytest.mark.parametrize(("text", "sentence"), MISTAKES)
def test_a_mistake_is_named_with_its_place(tmp_path: Path, text: str, sentence: str) -> None:
    file = tmp_path / "console.yaml"
    file.write_text(text)
    with pytest.raises(PreferencesError) as raised:
        load_preferences(file, ("ALFA", "BRVO"))
    assert sentence in str(raised.value)
    assert str(file) in str(raised.value)


def test_a_good_file_is_read_and_none_is_fine(tmp_path: Path) -> None:
    assert load_preferences(tmp_path / "none.yaml") == Preferences()
    file = tmp_path / "console.yaml"
    file.write_text(
        "theme: light\nglyphs: ascii\nkeys: {zoom: f6}\nwatchlists: {core: [ALFA]}\nhidden: [log]\n"
    )
    found = load_preferences(file, ("ALFA",))
    assert found.theme == "light"
    assert found.glyphs == "ascii"
    assert found.keys == {"zoom": "f6"}
    assert found.watchlists == {"core": ("ALFA",)}
    assert found.hidden == ("log",)


def test_where_the_file_is_looked_for() -> None:
    assert place_of({"QUARTERDECK_CONSOLE": "/etc/x.yaml"}) == Path("/etc/x.yaml")
    assert place_of({"XDG_CONFIG_HOME": "/c"}) == Path("/c/quarterdeck/console.yaml")


def test_the_memory_is_none_at_first_and_empty_when_it_is_damaged(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "state" / "console.json")
    assert memory.load() is None
    memory.save({"theme": "dark"})
    assert memory.load() == {"theme": "dark"}
    (tmp_path / "state" / "console.json").write_text("{")
    assert memory.load() == {}
