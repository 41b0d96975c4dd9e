"""A stream that must not lose anything, against every way in which a socket can lose it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from console.core.cursor import EventCursor, Step


def test_before_the_snapshot_events_are_held_and_then_follow_it():
    cursor: EventCursor[int] = EventCursor()
    assert cursor.needs_snapshot
    assert cursor.offer(7, 7) == (Step.HELD, [])
    assert cursor.offer(8, 8) == (Step.HELD, [])
    assert cursor.snapshot(7) == [8]
    assert cursor.last == 8
    assert not cursor.needs_replay


def test_a_gap_is_counted_once_held_and_mended_by_the_replay():
    cursor: EventCursor[int] = EventCursor()
    cursor.snapshot(10)
    assert cursor.offer(13, 13) == (Step.HELD, [])
    assert cursor.offer(14, 14) == (Step.HELD, [])
    assert (cursor.gaps, cursor.missing, cursor.needs_replay, cursor.next) == (1, 2, True, 11)
    assert cursor.offer(11, 11) == (Step.APPLY, [11])
    assert cursor.offer(12, 12) == (Step.APPLY, [12, 13, 14])
    assert not cursor.needs_replay


def test_what_is_known_is_dropped_and_pictures_always_pass():
    cursor: EventCursor[int] = EventCursor()
    cursor.snapshot(10)
    assert cursor.offer(10, 10) == (Step.KNOWN, [])
    assert cursor.offer(0, 99) == (Step.PICTURE, [99])
    assert cursor.last == 10


def test_a_lost_tail_shows_though_nothing_follows_it():
    cursor: EventCursor[int] = EventCursor()
    cursor.snapshot(10)
    cursor.seen(12)
    assert cursor.needs_replay
    assert cursor.missing == 2
    cursor.seen(12)
    assert cursor.gaps == 1


@given(st.data(), st.integers(1, 60))
def test_whatever_is_lost_doubled_or_late_each_event_is_applied_once_and_in_order(data, total):
    """A socket that delivers any subsequence with repeats, a snapshot taken anywhere, and replays when
    asked.
    """
    delivered = data.draw(st.lists(st.integers(1, total), max_size=120))
    snapshot_at = data.draw(st.integers(0, total))
    snapshot_when = data.draw(st.integers(0, len(delivered)))
    cursor: EventCursor[int] = EventCursor(capacity=data.draw(st.integers(1, 50)))
    applied: list[int] = []
    for place, sequence in enumerate(delivered):
        if place == snapshot_when:
            applied += cursor.snapshot(snapshot_at)
        applied += cursor.offer(sequence, sequence)[1]
    if cursor.needs_snapshot:
        applied += cursor.snapshot(snapshot_at)
    cursor.seen(total)
    while cursor.needs_replay:
        for sequence in range(cursor.next, total + 1):
            applied += cursor.offer(sequence, sequence)[1]
    assert applied == list(range(snapshot_at + 1, total + 1))
    assert cursor.last == max(total, snapshot_at)
