"""What the console loads before its first screen: a trader waits for each of these modules."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys

import pytest

# Each takes longer to load than the screen to be drawn, or belongs to another part of the desk.
HEAVY = {
    "numpy", "pandas", "psycopg2", "jsonschema", "onnxruntime", "onnx", "xgboost", "optuna", "pyarrow",
    "sqlite3", "aiohttp", "jinja2", "textual_serve", "psutil", "pygments", "markdown_it", "rich.markdown",
    "rich.progress", "textual.widgets._markdown", "textual.widgets._data_table",
    "textual.widgets._text_area", "console.store", "console.supervisor", "console.research",
    "console.core.player", "console.core.drill",
    "console.core.lineage",
}  # fmt: skip


def test_nothing_heavy_is_loaded_before_the_first_screen(repository):
    code = "import sys, console.cli.open_console, console.ui.start; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=repository, capture_output=True, text=True, timeout=120, check=True
    )
    assert HEAVY & set(done.stdout.split()) == set()


@pytest.mark.parametrize(
    ("own_session", "before"),
    [(False, ""), (True, ""), (True, "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN); ")],
    ids=["its own terminal", "another session", "under nohup"],
)
def test_a_terminal_that_goes_away_ends_the_console_without_a_signal_of_the_kernels(
    repository, own_session, before
):
    code = (
        f"{before}import time; from console.ui.start import end_with_terminal; end_with_terminal(0); "
        "print('waits', flush=True); time.sleep(100)"
    )
    master, other = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=repository,
        stdin=other,
        stdout=subprocess.PIPE,
        start_new_session=own_session,
    ) as process:
        os.close(other)
        assert process.stdout.readline() == b"waits\n"
        assert process.poll() is None
        os.close(master)
        assert process.wait(60) == -signal.SIGHUP


def test_what_is_no_terminal_ends_nothing(repository):
    code = "from console.ui.start import end_with_terminal; end_with_terminal(0); end_with_terminal(-1)"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=repository, stdin=subprocess.DEVNULL, timeout=120, check=False)
    assert done.returncode == 0
