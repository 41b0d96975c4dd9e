"""The `:` line reads the words of the shell."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.commandline import USAGE, CommandLineError, ConsoleRequest, complete, explain, parse
from console.core.commands import Intent, Kind

SYMBOLS = ("ALFA", "BRVO", "es.m4")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("pause", Intent(Kind.PAUSE)),
        ("pause alfa", Intent(Kind.PAUSE, "ALFA")),
        ("resume BRVO", Intent(Kind.RESUME, "BRVO")),
        ("kill", Intent(Kind.KILL)),
        ("kill ALFA --reason 'fat finger'", Intent(Kind.KILL, "ALFA", reason="fat finger")),
        (
            "breaks adopt order:a --reason a stranger's and the trader's",
            Intent(Kind.BREAK, reason="a stranger's and the trader's", break_id="order:a", action="adopt"),
        ),
        ("kill --reason=x", Intent(Kind.KILL, reason="x")),
        ("rearm --reason checked", Intent(Kind.REARM, reason="checked")),
        ("cancel q1-7", Intent(Kind.CANCEL, order="q1-7")),
        ("cancel --symbol es.m4", Intent(Kind.CANCEL, "es.m4")),
        ("cancel --all", Intent(Kind.CANCEL)),
        ("flatten ALFA", Intent(Kind.FLATTEN, "ALFA")),
        (
            "limits set max_daily_loss=1_000 max_position_size=2.5",
            Intent(Kind.LIMITS, limits={"max_daily_loss": 1000.0, "max_position_size": 2.5}),
        ),
        ("limits", ConsoleRequest("limits")),
        ("go brvo", ConsoleRequest("go", "BRVO")),
        ("pane risk", ConsoleRequest("pane", "risk")),
        ("export /tmp/x.csv", ConsoleRequest("export", "/tmp/x.csv")),
        ("q", ConsoleRequest("quit")),
    ],
)
def test_a_line_is_read_as_the_shell_reads_it(text, meant):
    assert parse(text, SYMBOLS) == meant


@pytest.mark.parametrize(
    "text",
    [
        "", "fly", "pause X Y", "pause NOPE", "kill --why x", "kill --reason", "rearm", "rearm --reason ' '",
        "cancel", "cancel q1 --all", "cancel --all --symbol ALFA", "flatten", "flatten A B", "limits set",
        "limits get x", "limits set x", "limits set x=y", "limits set x=-1", "limits set x=nan",
        "limits set x=inf", "go", "pane moon", "pause 'x", "quit now",
    ],
)  # fmt: skip
def test_a_wrong_line_is_refused_with_the_way_to_write_it(text):
    with pytest.raises(CommandLineError) as caught:
        parse(text, SYMBOLS)
    assert str(caught.value)


@given(st.text(max_size=60))
def test_no_line_does_anything_unexpected(text):
    try:
        found = parse(text, SYMBOLS)
    except CommandLineError:
        return
    assert isinstance(found, Intent | ConsoleRequest)


def test_a_desk_wide_command_never_comes_from_a_misspelt_symbol():
    for word in ("pause", "resume", "kill"):
        with pytest.raises(CommandLineError):
            parse(f"{word} ALPHA", SYMBOLS)


def test_completion():
    assert complete("p", SYMBOLS) == ["pause", "pane"]
    assert complete("p", SYMBOLS, read_only=True) == ["pane"]
    assert complete("pause a", SYMBOLS) == ["ALFA"]
    assert complete("cancel --symbol ", SYMBOLS) == list(SYMBOLS)
    assert complete("limits set max", SYMBOLS, ["max_daily_loss", "price_collar"]) == ["max_daily_loss="]
    assert complete("kill --", SYMBOLS) == ["--reason"]


def test_every_command_is_explained():
    for word in USAGE:
        assert USAGE[word][1] in explain(word)
    assert explain("zz") == "there is no command 'zz'"


def test_an_open_quotation_mark_is_told():
    with pytest.raises(CommandLineError, match=r"^a quotation mark is not closed$"):
        parse('kill --reason "lunch')
