"""Nothing that ships can have a protection taken out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

SERVICES = ("market-data", "signal-bridge", "risk-manager", "execution-engine", "paper-venue")


@pytest.mark.parametrize("service", SERVICES)
def test_no_service_was_built_with_mutants(service: str, binaries: Path, repository: Path) -> None:
    source = (repository / "rust" / "messages" / "src" / "mutation.rs").read_text(encoding="utf-8")
    found = re.search(r'MARKER: &str = "(.+)";', source)
    assert found is not None
    assert found.group(1).encode() not in (binaries / service).read_bytes()
