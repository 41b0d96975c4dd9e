"""The keymap's checks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.actions import ACTIONS, BY_ID, PANES, Confirm, available
from console.core.keymap import RESERVED, KeymapError, build_keymap, normal, shown


def test_no_default_key_is_one_that_tmux_screen_or_flow_control_eats():
    for action in ACTIONS:
        for key in action.keys:
            assert key not in RESERVED
            assert not key.startswith("alt+")


def test_the_keys_of_the_design_do_what_it_says():
    keymap = build_keymap()
    expected = {
        "p": "pause-symbol", "P": "pause-desk", "r": "resume-symbol", "R": "resume-desk", "K": "kill",
        "tab": "next-pane", "z": "zoom", "slash": "filter", "g": "goto", "colon": "command",
        "question_mark": "help", "q": "quit", "1": "pane-market", "6": "pane-log",
    }  # fmt: skip
    assert {key: keymap.lookup(key, "market").id for key in expected} == expected
    assert keymap.lookup("c", "orders").id == "cancel-order"
    assert keymap.lookup("c", "market") is None


def test_what_raises_risk_asks_and_what_lowers_it_does_not():
    assert {action.id for action in ACTIONS if action.confirm is Confirm.YES} == {
        "resume-symbol",
        "resume-desk",
        "cancel-symbol",
    }
    assert BY_ID["flatten"].confirm is Confirm.TYPED
    assert all(a.confirm is Confirm.LINE for a in ACTIONS if a.id.startswith("break-"))
    assert BY_ID["kill"].confirm is Confirm.ARMED
    assert all(
        BY_ID[name].confirm is Confirm.NOTHING for name in ("pause-symbol", "pause-desk", "cancel-order")
    )


def test_read_only_has_no_dangerous_action_at_all():
    keymap = build_keymap(None, available(read_only=True))
    assert not any(action.dangerous for action in keymap.actions)
    for key in "pPrRKcCF":
        for pane in PANES:
            assert keymap.lookup(key, pane) is None
    assert keymap.key_of("kill") == ""
    assert keymap.lookup("q", "market").id == "quit"


@pytest.mark.parametrize("key", [*RESERVED, "alt+k", "ctrl+shift+k", "nonsense", "y"])
def test_a_key_that_may_never_arrive_is_refused_by_name(key):
    with pytest.raises(KeymapError, match=r"console\.keys\.zoom"):
        build_keymap({"zoom": key})


def test_one_key_for_two_actions_is_refused():
    with pytest.raises(KeymapError, match="pause-symbol and zoom"):
        build_keymap({"zoom": "p"})
    with pytest.raises(KeymapError, match="twice"):
        build_keymap({"zoom": "x x"})
    with pytest.raises(KeymapError, match="cancel-order and zoom"):
        build_keymap({"zoom": "c"})


@pytest.mark.parametrize("action", [action.id for action in ACTIONS if action.safety])
def test_a_safety_action_without_a_key_is_refused(action):
    with pytest.raises(KeymapError, match="must have a key"):
        build_keymap({action: []})


def test_an_unknown_action_is_refused():
    with pytest.raises(KeymapError, match="no action 'fly'"):
        build_keymap({"fly": "f5"})


def test_a_rebound_key_takes_the_place_of_the_old_one():
    keymap = build_keymap({"kill": "f9 Z", "help": "f1"})
    assert keymap.lookup("f9", "log").id == "kill"
    assert keymap.lookup("Z", "log").id == "kill"
    assert keymap.lookup("K", "log") is None
    assert keymap.key_of("kill") == "f9"
    assert keymap.key_of("help") == "f1"


@given(st.sampled_from(sorted({key for action in ACTIONS for key in action.keys})))
def test_a_shown_key_can_be_typed_back(key):
    back = {"↓": "down", "↑": "up", "page down": "pagedown", "page up": "pageup", "→": "right", "←": "left"}
    assert normal(back.get(shown(key), shown(key))) == key
