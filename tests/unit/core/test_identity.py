from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.identity import Identity, uuid7


@given(st.integers(min_value=0, max_value=2**48 - 1))
def test_an_id_is_a_uuid_of_version_7_with_its_time(at_ms: int) -> None:
    made = uuid.UUID(uuid7(at_ms))
    assert made.version == 7
    assert made.variant == uuid.RFC_4122
    assert made.int >> 80 == at_ms


@given(st.integers(min_value=0, max_value=2**48 - 2))
def test_ids_sort_by_time_as_text(at_ms: int) -> None:
    assert uuid7(at_ms) < uuid7(at_ms + 1)


def test_ids_of_one_millisecond_differ() -> None:
    assert len({uuid7(1) for _ in range(1000)}) == 1000


def test_an_operator_is_a_claim_beside_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUARTERDECK_OPERATOR", "kim")
    claimed = Identity.current()
    monkeypatch.delenv("QUARTERDECK_OPERATOR")
    plain = Identity.current()
    assert (claimed.operator, claimed.os_user) == ("kim", plain.os_user)
    assert plain.operator == plain.os_user
