"""Whole screens: what changes in one is looked at, then written by `python -m tests.unit.ui.screens`."""

from __future__ import annotations

import pytest

from tests.unit.ui.screens import GOLDEN, every


@pytest.mark.parametrize(("file", "text"), [pytest.param(*each, id=each[0]) for each in every()])
def test_a_screen_is_as_it_was_when_somebody_looked(file, text):
    assert text == (GOLDEN / file).read_text(encoding="utf-8")


def test_no_screen_is_left_over():
    assert {path.name for path in GOLDEN.iterdir()} == {file for file, _ in every()}
