"""Escape is never swallowed by the key that comes right behind it."""

from __future__ import annotations

import string

import pytest
from textual._xterm_parser import XTermParser
from textual.events import CursorPosition, Key

from console.core.keymap import normal
from console.ui.escape import split_escapes


def parsed(sequence):
    split_escapes()
    parser = XTermParser()
    return [*parser.feed(sequence), *parser.feed("")]


@pytest.mark.parametrize("character", sorted(set(string.printable) - set(string.whitespace) - set("[O")))
def test_escape_and_a_character_are_two_keys(character):
    keys = [event.key for event in parsed(f"\x1b{character}") if isinstance(event, Key)]
    assert keys == ["escape", normal(character)]


CONTROLS = [("\r", "enter"), ("\t", "tab"), (" ", "space"), ("\x10", "ctrl+p"), ("\x1a", "ctrl+z")]


@pytest.mark.parametrize(("character", "name"), CONTROLS)
def test_escape_and_a_control_are_two_keys(character, name):
    assert [event.key for event in parsed(f"\x1b{character}")] == ["escape", name]


def test_real_sequences_are_what_they_were():
    assert [event.key for event in parsed("\x1b[A\x1bOP\x1b[Z")] == ["up", "f1", "shift+tab"]
    assert isinstance(parsed("\x1b[3;7R")[0], CursorPosition)
