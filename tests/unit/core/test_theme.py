"""Themes: the shipped ones, and what is refused."""

from __future__ import annotations

import pytest
import yaml

from console.core.theme import FALLBACK, ROLES, ThemeBook, ThemeError, load_theme, parse_theme

SHIPPED = ("ansi", "colour-blind", "dark", "high-contrast", "light", "mono")
# The six values of each channel of the xterm-256 cube, and its greys.
CUBE = {0, 95, 135, 175, 215, 255}
GREYS = {8 + 10 * step for step in range(24)}


@pytest.fixture
def themes(repository):
    return repository / "themes"


def test_the_shipped_themes_are_these(themes):
    assert ThemeBook(themes).names() == sorted(SHIPPED)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_theme_is_valid_and_exact_in_256_colours(themes, name):
    theme = load_theme(themes / f"{name}.yaml")
    assert set(theme.colors) == set(ROLES)
    if theme.ansi:
        return
    for role, color in theme.colors.items():
        channels = [int(color[at : at + 2], 16) for at in (1, 3, 5)]
        cube = all(channel in CUBE for channel in channels)
        grey = len(set(channels)) == 1 and channels[0] in GREYS
        assert cube or grey, f"{name}: {role} {color}"


def luminance(color: str) -> float:
    def linear(channel: float) -> float:
        return channel / 12.92 if channel <= 0.03928 else ((channel + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(int(color[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("name", ["dark", "light", "high-contrast", "colour-blind"])
@pytest.mark.parametrize(
    ("text", "ground", "least"),
    [
        ("text", "surface", 7),
        ("muted", "surface", 4.5),
        # Old quotes and finished orders: quiet, but still read.
        ("faint", "surface", 2.9),
        ("on_alarm", "alarm", 4.5),
        *((role, "surface", 4) for role in ("danger", "warning", "up", "down", "good", "accent")),
        *((role, "panel", 3) for role in ("danger", "warning", "up", "down", "good", "accent")),
    ],
)
def test_what_must_be_read_can_be_read(themes, name, text, ground, least):
    theme = load_theme(themes / f"{name}.yaml")
    lights = sorted(luminance(theme.color(role)) for role in (text, ground))
    assert (lights[1] + 0.05) / (lights[0] + 0.05) >= least


def good():
    return {"name": "mine", "colors": dict.fromkeys(ROLES, "#121212")}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"colour": 1}, "unknown key 'colour'"),
        ({"name": "Mine!"}, "name must be"),
        ({"dark": "yes"}, "dark must be true or false"),
        ({"colors": {}}, "colors.background is missing"),
        ({"colors": {**good()["colors"], "up": "green"}}, "'green' is not a colour"),
        ({"colors": {**good()["colors"], "sky": "#000000"}}, "colors.sky is not a role"),
        ({"ansi": True}, "not one of the terminal's colours"),
    ],
)
def test_a_bad_theme_is_refused_with_the_place(change, told):
    with pytest.raises(ThemeError, match=told):
        parse_theme({**good(), **change}, "mine.yaml")


def test_a_bad_theme_leaves_the_last_good_one(themes, tmp_path):
    (tmp_path / "broken.yaml").write_text("name: [")
    (tmp_path / "other.yaml").write_text(yaml.safe_dump(good()))
    book = ThemeBook(themes, tmp_path)
    assert book.current is FALLBACK
    assert book.select("dark").name == "dark"
    assert book.select("broken").name == "dark"
    assert "broken.yaml" in book.error
    assert "dark stays in force" in book.error
    assert book.select("nowhere").name == "dark"
    assert "no theme 'nowhere'" in book.error
    assert book.select("other").name == "dark"
    assert "rename the file to mine.yaml" in book.error
    assert book.select("light").name == "light"
    assert book.error == ""


def test_red_up_swaps_the_two(themes):
    theme = load_theme(themes / "dark.yaml")
    assert theme.with_red_up().color("up") == theme.color("down")
    assert theme.with_red_up().color("down") == theme.color("up")
