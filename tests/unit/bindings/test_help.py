"""`help()` says what a quant has to know, of every name the extension has."""

from __future__ import annotations

import inspect

import pytest
import trading_rust

PARTS = ("Formula:", "Source:", "Shapes:", "Warm-up:", "Errors:")
NAMES = [
    name for name in dir(trading_rust) if not name.startswith("_") and callable(getattr(trading_rust, name))
]
FUNCTIONS = [name for name in NAMES if name.startswith(("calculate_", "compute_"))]
INDICATORS = [name for name in NAMES if hasattr(getattr(trading_rust, name), "restore")]


def test_there_are_as_many_as_there_should_be() -> None:
    assert len(FUNCTIONS) == 19
    assert len(INDICATORS) == 19


@pytest.mark.parametrize("name", FUNCTIONS + INDICATORS)
def test_the_help_has_every_part(name: str) -> None:
    text = inspect.getdoc(getattr(trading_rust, name)) or ""
    first, *rest = text.split("\n")
    assert first.strip().endswith((".", "`.")) or first.strip().endswith("`")
    missing = [part for part in PARTS if not any(line.startswith(part) for line in rest)]
    assert not missing, f"{name}: {missing}"
    assert not [line for line in text.split("\n") if line != line.strip()], "broken lines"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_tells_of_out(name: str) -> None:
    function = getattr(trading_rust, name)
    assert "\nOut: " in (inspect.getdoc(function) or "")
    assert inspect.signature(function).parameters["out"].kind is inspect.Parameter.KEYWORD_ONLY


@pytest.mark.parametrize("name", NAMES)
def test_every_public_name_and_method_says_what_it_does(name: str) -> None:
    thing = getattr(trading_rust, name)
    assert len(inspect.getdoc(thing) or "") > 30
    if inspect.isclass(thing):
        for member in (member for member in vars(thing) if not member.startswith("_")):
            # A parameter read back is explained by the class.
            if not inspect.isgetsetdescriptor(vars(thing)[member]) or member == "value":
                assert len(inspect.getdoc(getattr(thing, member)) or "") > 20, member
