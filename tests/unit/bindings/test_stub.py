"""The stub says what the extension is."""

import os
import subprocess
import sys
from pathlib import Path


def test_the_stub_agrees_with_the_extension(repository: Path, tmp_path: Path) -> None:
    environment = dict(os.environ, MYPYPATH=str(repository / "bindings"))
    command = [sys.executable, "-m", "mypy.stubtest", "--concise", "trading_rust"]
    # Away from the checkout, so that no configuration or cache of it takes part.
    result = subprocess.run(
        command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
