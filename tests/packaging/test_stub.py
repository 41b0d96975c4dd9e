"""The hand-written types of the extension agree with the extension that is installed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def test_the_stub_agrees_with_the_extension(repository: Path, tmp_path: Path) -> None:
    allowed = tmp_path / "allowed"
    # The library inside the package the wheel builder makes around it; its names are those of the package.
    allowed.write_text("trading_rust\\.trading_rust\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy.stubtest", "trading_rust", "--allowlist", str(allowed)],
        cwd=tmp_path,
        env={**os.environ, "MYPYPATH": str(repository / "bindings")},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
