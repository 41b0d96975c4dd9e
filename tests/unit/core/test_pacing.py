"""Frames paced on the terminal's acknowledgement, with a simulated link."""

from __future__ import annotations

import heapq
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from console.core.pacing import ALLOWED, SLOWEST, FramePacer


def simulate(round_trip, seconds, *, fastest=20.0, lost=frozenset()):
    """Frames sent over a link that answers after `round_trip(time)`; questions numbered in `lost` are not
    answered.
    """
    pacer, now, frames, questions = FramePacer(fastest), 0.0, [], 0
    answers: list[float] = []
    most = 0
    while now < seconds:
        while answers and answers[0] <= now:
            pacer.acknowledged(heapq.heappop(answers))
        if pacer.may_send(now):
            pacer.sent(now)
            frames.append(now)
            questions += 1
            if questions not in lost:
                heapq.heappush(answers, now + round_trip(now))
        elif pacer.should_ask_again(now):
            pacer.asked_again(now)
            questions += 1
            if questions not in lost:
                heapq.heappush(answers, now + round_trip(now))
        most = max(most, pacer.outstanding)
        now += 0.005
    return pacer, frames, most


def test_a_fast_link_gets_every_frame():
    _, frames, _ = simulate(lambda now: 0.001, 5)
    assert len(frames) >= 95


def test_a_slow_link_gets_what_it_can_acknowledge_and_no_more():
    pacer, frames, most = simulate(lambda now: 0.4, 10)
    assert most <= ALLOWED
    assert 30 <= len(frames) <= 55
    assert SLOWEST <= pacer.rate <= 5.1


@given(st.floats(0.001, 3), st.integers(0, 3))
def test_never_more_frames_are_open_than_allowed(round_trip, jitter):
    _, _, most = simulate(lambda now: round_trip * (1 + (int(now * 10) % (jitter + 1))), 5)
    assert most <= ALLOWED


def test_a_stalled_link_gets_nothing_and_recovers_at_once():
    """The link stalls from 2 s to 30 s: what was sent before is answered when it comes back."""
    pacer, frames, _ = simulate(lambda now: 30 - now if 2 <= now < 30 else 0.01, 34)
    during = [frame for frame in frames if 2.2 < frame < 30]
    assert len(during) <= 1
    after = [frame for frame in frames if frame >= 30]
    assert after[0] < 30.1
    assert len(after) >= 40
    assert pacer.rate == 20


def test_a_lost_answer_does_not_freeze_the_screen():
    _, frames, _ = simulate(lambda now: 0.01, 10, lost=frozenset({20, 21}))
    assert max(later - earlier for earlier, later in pairwise(frames)) < 2.5
    assert frames[-1] > 9.5


def test_a_terminal_that_never_answers_is_served_all_the_same():
    pacer, frames, _ = simulate(lambda now: 1e9, 10)
    assert 8 <= len(frames) <= 25
    assert pacer.outstanding <= ALLOWED


def test_the_round_trip_counts_from_the_question():
    pacer = FramePacer()
    pacer.sent(1.0)
    pacer.asked(1.5)
    pacer.acknowledged(1.6)
    assert abs(pacer.round_trip - 0.1) < 1e-9
