"""The journals of what ships are synced by fdatasync: fsync waits for the file system's journal as well."""

from __future__ import annotations

from pathlib import Path

import pytest

JOURNALLED = ("risk-manager", "execution-engine", "paper-venue")


@pytest.mark.parametrize("service", JOURNALLED)
def test_sqlite_was_built_with_fdatasync(service: str, binaries: Path) -> None:
    assert b"\0fdatasync\0" in (binaries / service).read_bytes()
