"""The same terminal for every test, whatever the one is in which they run."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("COLORTERM", "NO_COLOR", "TEXTUAL_COLOR_SYSTEM", "QUARTERDECK_CONSOLE"):
        monkeypatch.delenv(name, raising=False)
