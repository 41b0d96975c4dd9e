"""One desk with the simulator for the tests that only look, one of its own for each that does harm."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.desk import Desk, configured, wait_for
from tests.terminal.sshd import Sshd

TEST_MODEL = {"model": "test-model-not-for-trading"}


def _desk(folder: Path, scratch: Path, repository: Path) -> Iterator[Desk]:
    one = Desk(folder, configured(scratch, repository / "config" / "system.json", signal=TEST_MODEL))
    one.up("--source", "sim")
    try:
        wait_for(lambda: one.json("orders"), "the first order", 60)
        yield one
    finally:
        one.run("down")


@pytest.fixture(scope="session", autouse=True)
def _tmux() -> None:
    if shutil.which("tmux") is None:
        pytest.fail("tmux is missing, and these tests need a real terminal: install tmux")


@pytest.fixture(scope="session")
def one_desk(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = Path(tempfile.mkdtemp(prefix="qd-"))
    yield from _desk(folder, tmp_path_factory.mktemp("config"), repository)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def shared_desk(one_desk: Desk) -> Desk:
    """A trading desk for all tests that leave it as they found it."""
    # No console begins with the theme or in the pane in which another test left its own.
    (one_desk.home.state / "console.json").write_text("{}", encoding="utf-8")
    return one_desk


@pytest.fixture(scope="session")
def sshd() -> Iterator[Sshd]:
    """The way to this machine over a real link."""
    with tempfile.TemporaryDirectory(prefix="qd-ssh-") as folder, Sshd(Path(folder)) as one:
        yield one


@pytest.fixture
def desk(desk_home: Path, tmp_path: Path, repository: Path) -> Iterator[Desk]:
    """A trading desk of one test."""
    yield from _desk(desk_home, tmp_path, repository)
