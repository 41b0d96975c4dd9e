"""Imports that cost a command line its start, and names that other programs rely on."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest


@pytest.mark.parametrize("module", ["console.cli", "console.core", "console.proto.messages_pb2"])
def test_textual_is_loaded_by_the_console_alone(repository: Path, module: str) -> None:
    check = f"import sys, {module}; print('textual' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", check], cwd=repository, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "False"


def test_the_versions_of_the_two_languages_agree(repository: Path) -> None:
    python = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))
    rust = tomllib.loads((repository / "rust" / "Cargo.toml").read_text(encoding="utf-8"))
    assert python["project"]["version"] == rust["workspace"]["package"]["version"]
