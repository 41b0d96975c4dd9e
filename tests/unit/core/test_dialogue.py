"""What keys mean: the armed kill, questions, texts - and that nothing dangerous happens by accident."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.actions import available
from console.core.commands import Intent, Kind
from console.core.dialogue import (
    ARMED_S,
    GUARD_S,
    QUESTION_S,
    Act,
    Ask,
    Context,
    Dialogue,
    Filter,
    Mode,
    Note,
    Send,
)
from console.core.keymap import build_keymap

CONTEXT = Context("market", "ALFA", "", ("ALFA", "BRVO"))


def make(*, read_only=False):
    return Dialogue(build_keymap(None, available(read_only=read_only)), read_only=read_only)


def press(dialogue, keys, *, at=0.0, context=CONTEXT):
    """Presses keys a tenth of a second apart and returns all effects."""
    effects = []
    for place, key in enumerate(keys):
        character = key if len(key) == 1 else {"space": " "}.get(key)
        effects += dialogue.key(key, character, at + place * 0.1, context)
    return effects


def sent(effects):
    return [effect.intent for effect in effects if isinstance(effect, Send)]


def test_pause_is_sent_at_once():
    assert sent(press(make(), ["p"])) == [Intent(Kind.PAUSE, "ALFA")]
    assert sent(press(make(), ["P"])) == [Intent(Kind.PAUSE)]


def test_resume_asks_and_only_y_sends_it():
    dialogue = make()
    assert press(dialogue, ["r"]) == []
    assert dialogue.mode is Mode.ASKING
    assert press(dialogue, ["p", "enter", "space"]) == []
    assert sent(press(dialogue, ["y"])) == [Intent(Kind.RESUME, "ALFA")]
    assert dialogue.mode is Mode.NORMAL
    dialogue = make()
    assert sent(press(dialogue, ["R", "escape", "y"])) == []
    assert dialogue.mode is Mode.NORMAL


def test_a_question_runs_out():
    dialogue = make()
    press(dialogue, ["r"])
    assert dialogue.tick(QUESTION_S - 0.1) == []
    assert isinstance(dialogue.tick(QUESTION_S + 0.1)[0], Note)
    assert sent(press(dialogue, ["y"], at=QUESTION_S + 1)) == []


def test_the_kill_takes_two_different_keys():
    dialogue = make()
    assert sent(press(dialogue, ["K", "K", "K", "y", "p", "space", "k"])) == []
    assert dialogue.mode is Mode.ARMED
    assert sent(press(dialogue, ["enter"], at=1)) == [Intent(Kind.KILL)]
    assert dialogue.mode is Mode.NORMAL


def test_the_kill_is_disarmed_by_escape_and_by_time():
    dialogue = make()
    assert sent(press(dialogue, ["K", "escape", "enter"])) == []
    press(dialogue, ["K"], at=5)
    assert isinstance(dialogue.tick(5 + ARMED_S)[0], Note)
    assert sent(press(dialogue, ["enter"], at=6 + ARMED_S)) == []


def test_kill_again_stays_armed_for_longer():
    dialogue = make()
    press(dialogue, ["K"], at=0)
    press(dialogue, ["K"], at=ARMED_S - 1)
    assert sent(press(dialogue, ["enter"], at=ARMED_S + 1)) == [Intent(Kind.KILL)]


@pytest.mark.parametrize("opening", ["colon", "slash", "g", "r", "question_mark", "P"])
def test_the_kill_arms_from_anywhere(opening):
    dialogue = make()
    press(dialogue, [opening, "a", "K"])
    assert dialogue.mode is Mode.ARMED
    assert sent(press(dialogue, ["enter"], at=1)) == [Intent(Kind.KILL)]


def test_a_typed_kill_is_armed_and_the_same_enter_held_down_does_not_fire_it():
    dialogue = make()
    press(dialogue, ["colon", *"kill ALFA", "enter"])
    assert dialogue.mode is Mode.ARMED
    at = 1.0
    assert dialogue.armed == Intent(Kind.KILL, "ALFA")
    assert sent(press(dialogue, ["enter"], at=at + GUARD_S / 2)) == []
    assert sent(press(dialogue, ["enter"], at=at + GUARD_S + 0.2)) == [Intent(Kind.KILL, "ALFA")]


def test_the_kill_key_takes_over_a_narrower_arming_only_as_that_arming():
    """K while a symbol's kill is armed stays armed as it was: a second press never widens what enter does."""
    dialogue = make()
    press(dialogue, ["colon", *"kill ALFA", "enter"])
    press(dialogue, ["K"], at=2)
    assert sent(press(dialogue, ["enter"], at=3)) == [Intent(Kind.KILL, "ALFA")]


def test_read_only_sends_nothing_whatever_is_pressed():
    dialogue = make(read_only=True)
    keys = ["K", "enter", *"pPryRyc", "colon", *"pause", "enter", "colon", *"kill", "enter"]
    assert sent(press(dialogue, [*keys, "enter"], context=Context("orders", "ALFA", "q1"))) == []
    assert dialogue.mode is Mode.NORMAL


@given(
    st.lists(
        st.sampled_from(["K", "enter", "y", "p", "P", "r", "R", "c", "escape", "colon", "slash", "g", "a"])
    )
)
def test_read_only_never_sends(keys):
    assert sent(press(make(read_only=True), keys, context=Context("orders", "ALFA", "q1", ("ALFA",)))) == []


@given(
    st.lists(st.sampled_from(["K", "enter", "y", "r", "escape", "colon", "slash", "g", "a", "tab", "q", "z"]))
)
def test_no_kill_without_the_kill_key_and_then_enter(keys):
    """A kill leaves only if K came before, with neither enter nor escape between it and the enter that
    fired.
    """
    dialogue = make()
    armed = False
    for place, key in enumerate(keys):
        effects = dialogue.key(key, key if len(key) == 1 else None, place * 0.1, CONTEXT)
        if any(intent.kind is Kind.KILL for intent in sent(effects)):
            assert armed
            assert key == "enter"
        armed = key == "K" or (armed and key not in ("enter", "escape"))


def test_cancel_takes_the_selected_order_and_nothing_else():
    working = Context("orders", "ALFA", "q1-7")
    assert sent(press(make(), ["c"], context=working)) == [Intent(Kind.CANCEL, order="q1-7")]
    assert isinstance(press(make(), ["c"], context=Context("orders", "ALFA", ""))[0], Note)
    assert press(make(), ["c"], context=CONTEXT) == []


def test_a_key_that_repeats_by_itself_is_one_press():
    dialogue = make()
    assert len(sent(press(dialogue, ["p"] * 20))) == 1
    assert len(sent(press(dialogue, ["p"], at=10))) == 1


def test_pasted_text_is_never_keys():
    dialogue = make()
    assert isinstance(dialogue.paste("K\rp")[0], Note)
    assert dialogue.mode is Mode.NORMAL
    press(dialogue, ["colon"])
    dialogue.paste("pause ALFA\nkill\n")
    assert dialogue.mode is Mode.COMMAND
    assert dialogue.editor.text == "pause ALFA kill "


def test_filter_follows_the_typing_and_escape_clears_it():
    dialogue = make()
    assert press(dialogue, ["slash", "a", "b"]) == [Filter("a"), Filter("ab")]
    assert press(dialogue, ["enter"]) == [Filter("ab")]
    assert press(dialogue, ["slash", "escape"]) == [Filter("")]


def test_go_to_a_symbol():
    effects = press(make(), ["g", *"brvo", "enter"])
    assert [effect.request.argument for effect in effects if isinstance(effect, Ask)] == ["BRVO"]
    assert isinstance(press(make(), ["g", "x", "enter"])[-1], Note)


def test_commands_that_raise_risk_ask_when_typed_too():
    for text in (
        "resume",
        "breaks adopt fill:X1 --reason ours",
        "limits set max_daily_loss=5",
        "rearm --reason ok",
    ):
        dialogue = make()
        assert sent(press(dialogue, ["colon", *text, "enter"])) == []
        assert dialogue.mode is Mode.ASKING, text
        assert len(sent(press(dialogue, ["y"], at=9))) == 1


def test_a_flatten_wants_its_symbol_typed():
    for keys in (["F"], ["colon", *"flatten ALFA", "enter"]):
        dialogue = make()
        assert sent(press(dialogue, keys)) == []
        assert dialogue.mode is Mode.TYPED
        assert sent(press(dialogue, ["y", "enter"])) == []
        assert dialogue.mode is Mode.NORMAL
        assert sent(press(dialogue, [*keys, *"alfa", "escape", "enter"])) == []
        assert sent(press(dialogue, [*keys, *"alfa", "enter"])) == [Intent(Kind.FLATTEN, "ALFA")]
        press(dialogue, keys)
        dialogue.paste("ALFA")
        assert sent(press(dialogue, ["enter"])) == []


def test_the_kill_key_arms_while_a_symbol_is_typed():
    dialogue = make()
    press(dialogue, ["F", "K"])
    assert dialogue.mode is Mode.ARMED


def test_cancelling_a_whole_symbol_asks_and_a_break_opens_the_line():
    dialogue = make()
    assert sent(press(dialogue, ["C"])) == []
    assert sent(press(dialogue, ["y"])) == [Intent(Kind.CANCEL, "ALFA")]
    context = Context("risk", "ALFA", "", ("ALFA",), "position:ALFA", ("adopt", "ignore"))
    assert any(effect.wrong for effect in dialogue.key("f", "f", 50, context) if isinstance(effect, Note))
    dialogue.key("a", "a", 50, context)
    assert dialogue.editor.text == "breaks adopt position:ALFA --reason "
    press(dialogue, [*"they are right", "enter"], at=51)
    found = sent(press(dialogue, ["y"], at=52))
    assert found == [Intent(Kind.BREAK, reason="they are right", break_id="position:ALFA", action="adopt")]


def test_the_palette_runs_what_its_name_finds_with_the_same_questions():
    dialogue = make()
    press(dialogue, ["ctrl+p", *"resume whole"])
    assert [action.id for action in dialogue.offered()] == ["resume-desk"]
    assert sent(press(dialogue, ["enter"])) == []
    assert dialogue.mode is Mode.ASKING
    press(dialogue, ["escape"])
    press(dialogue, ["ctrl+p", *"kill", "enter"])
    assert dialogue.mode is Mode.ARMED
    quiet = make(read_only=True)
    press(quiet, ["ctrl+p"])
    assert not any(action.dangerous for action in quiet.offered())


def test_keys_of_the_screen_act():
    effects = press(make(), ["z", "tab", "3"])
    acted = [effect.action.id for effect in effects if isinstance(effect, Act)]
    assert acted == ["zoom", "next-pane", "pane-orders"]


def test_a_filter_begins_with_what_filters_this_pane():
    dialogue = make()
    press(dialogue, ["slash", "a", "enter"])
    effects = press(dialogue, ["slash", "b"], context=Context("risk", "ALFA", filter="x"))
    assert effects == [Filter("xb")]
    press(dialogue, ["enter"])
    assert press(dialogue, ["slash", "c"], context=Context("log", "ALFA")) == [Filter("c")]


@pytest.mark.parametrize("key", ["K", "p", "P", "r", "R", "C", "F"])
def test_a_key_that_is_missing_in_a_read_only_console_says_how_a_desk_is_stopped(key):
    (told,) = press(make(read_only=True), [key])
    assert isinstance(told, Note)
    assert "`quarterdeck kill`" in told.text
    assert press(make(read_only=True), ["v"]) == []
