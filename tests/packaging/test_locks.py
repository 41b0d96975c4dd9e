"""The locks install the same thing everywhere: exact versions, hashed, from any index."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

LOCKS = ["requirements.lock", "requirements-dev.lock"]
REQUIREMENT = re.compile(r"^(?P<name>[a-z0-9][a-z0-9._-]*)==(?P<version>[^ ;\\]+)(?P<marker> ;[^\\]*)?$")
HASH = re.compile(r"^--hash=sha256:[0-9a-f]{64}$")


def read_lock(path: Path) -> dict[str, tuple[str, list[str]]]:
    """Name → (version, hash options) of each requirement; a line of any other kind fails the test."""
    lines = path.read_text(encoding="utf-8").splitlines()
    text = "\n".join(line for line in lines if line.strip() and not line.startswith("#"))
    locked = {}
    for entry in text.replace("\\\n", "\0").splitlines():
        requirement, *hashes = [part.strip() for part in entry.split("\0")]
        match = REQUIREMENT.match(requirement)
        assert match, f"{path.name}: not an exact version: {requirement!r}"
        locked[match["name"]] = (match["version"], hashes)
    return locked


def normalized(requirement: str) -> str:
    match = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert match
    return re.sub(r"[-_.]+", "-", match[0]).lower()


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_exact_and_hashed(repository: Path, lock: str) -> None:
    locked = read_lock(repository / lock)
    assert locked
    for name, (_, hashes) in locked.items():
        assert hashes, f"{lock}: {name} carries no hash"
        for option in hashes:
            assert HASH.match(option), f"{lock}: {name}: {option!r} is no SHA-256"


@pytest.mark.parametrize("lock", LOCKS)
def test_no_lock_names_an_index_or_an_address(repository: Path, lock: str) -> None:
    text = (repository / lock).read_text(encoding="utf-8")
    assert not re.search(r"://|--(extra-)?index-url|--find-links|--trusted-host|(?m:^-[ifr] )| @ ", text)


def test_the_developer_lock_holds_the_desk_at_the_same_versions(repository: Path) -> None:
    desk, developer = (read_lock(repository / lock) for lock in LOCKS)
    assert {name: developer.get(name, (None,))[0] for name in desk} == {
        name: v for name, (v, _) in desk.items()
    }


def test_what_the_project_asks_for_is_locked(repository: Path) -> None:
    pyproject = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))
    desk, developer = (read_lock(repository / lock) for lock in LOCKS)
    project, groups = pyproject["project"], pyproject["dependency-groups"]
    asked = {normalized(item) for item in [*project["dependencies"], *groups["build"]]}
    assert asked <= desk.keys()
    asked |= {normalized(item) for item in [*project["optional-dependencies"]["research"], *groups["dev"]]}
    assert asked <= developer.keys()
