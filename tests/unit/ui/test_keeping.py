"""What a console remembers is written whatever else happens, and no key waits for it."""

from __future__ import annotations

import subprocess
import sys
import threading

from console.ui.keeping import Keeping

# Its main thread is at its end before the write goes on.
ENDING = """
import sys, threading
from pathlib import Path
from console.ui.keeping import Keeping

def write(content):
    threading.main_thread().join()
    Path(sys.argv[1]).write_text(content["theme"])

Keeping(write, print).keep({"theme": "light"})
"""


def test_a_console_does_not_end_before_the_file_is_there(tmp_path):
    file = tmp_path / "console.json"
    subprocess.run([sys.executable, "-c", ENDING, str(file)], check=True, timeout=60)
    assert file.read_text() == "light"


def test_the_newest_is_written_after_the_one_under_way_and_the_rest_never():
    written, going_on, last = [], threading.Event(), threading.Event()

    def write(content):
        assert going_on.wait(60)
        written.append(content["n"])
        if content["n"] == 4:
            last.set()

    keeping = Keeping(write, lambda error: None)
    for n in range(5):
        keeping.keep({"n": n})
    going_on.set()
    assert last.wait(60)
    assert written in ([0, 4], [4])


def test_whatever_a_write_fails_of_the_next_one_is_made():
    failures, told, written = [], threading.Event(), threading.Event()

    def write(content):
        if content["n"] == 0:
            raise ValueError("no such thing")
        written.set()

    def failed(error):
        failures.append(str(error))
        told.set()

    keeping = Keeping(write, failed)
    keeping.keep({"n": 0})
    assert told.wait(60)
    keeping.keep({"n": 1})
    assert written.wait(60)
    assert failures == ["no such thing"]
