"""Fixtures every test may ask for."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# A busy machine is no failure: properties are judged by their outcome, never by their time.
settings.register_profile("exploring", deadline=None)
settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "exploring"))

# Workers of a parallel run are given the size of a terminal, and a console below them would believe it.
for _name in ("COLUMNS", "LINES"):
    os.environ.pop(_name, None)

# Where the run was started in the background an interrupt is ignored, here and in all that is started here.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout."""
    return Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def binaries() -> Path:
    """The folder of the service binaries under test: QUARTERDECK_BIN, else the one of this interpreter."""
    return Path(os.environ.get("QUARTERDECK_BIN", Path(sys.executable).parent))


@pytest.fixture
def desk_home() -> Iterator[Path]:
    """An empty QUARTERDECK_HOME of one test, with a path short enough for the sockets below it."""
    home = Path(tempfile.mkdtemp(prefix="qd-"))
    yield home
    shutil.rmtree(home, ignore_errors=True)
