"""The wheel in dist/ holds the desk whole: the console, the extension, the services and the data."""

from __future__ import annotations

import configparser
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

SERVICES = [
    "market-data",
    "signal-bridge",
    "risk-manager",
    "execution-engine",
    "paper-venue",
    "quarterdeck-migrate",
]
DATA_FOLDERS = ["config", "models", "themes"]


@pytest.fixture(scope="module")
def wheel(repository: Path) -> Iterator[zipfile.ZipFile]:
    wheels = list((repository / "dist").glob("quarterdeck-*.whl"))
    assert len(wheels) == 1, f"one wheel is expected in dist/, found {len(wheels)}: run `make wheel`"
    with zipfile.ZipFile(wheels[0]) as opened:
        yield opened


def installed(wheel: zipfile.ZipFile, scheme: str) -> dict[str, zipfile.ZipInfo]:
    """What the wheel installs into one scheme (`scripts`, `data`), by the path below it."""
    found = {}
    for item in wheel.infolist():
        top, _, rest = item.filename.partition("/")
        if top.endswith(".data") and rest.startswith(f"{scheme}/") and not item.is_dir():
            found[rest.removeprefix(f"{scheme}/")] = item
    return found


def test_the_services_are_executables_of_the_wheel(wheel: zipfile.ZipFile) -> None:
    scripts = installed(wheel, "scripts")
    assert sorted(scripts) == sorted(SERVICES)
    for name, item in scripts.items():
        assert stat.S_IMODE(item.external_attr >> 16) & 0o111 == 0o111, f"{name} is not executable"
        with wheel.open(item) as binary:
            assert binary.read(4) == b"\x7fELF", f"{name} is no program"


def test_config_models_and_themes_are_those_of_the_tree(wheel: zipfile.ZipFile, repository: Path) -> None:
    shipped = {path: wheel.read(item) for path, item in installed(wheel, "data").items()}
    expected = {
        f"share/quarterdeck/{path.relative_to(repository)}": path.read_bytes()
        for folder in DATA_FOLDERS
        for path in (repository / folder).rglob("*")
        if path.is_file() and path.suffix not in {".py", ".pyc"} and not path.name.startswith(".")
    }
    assert {path.split("/")[2] for path in expected} == set(DATA_FOLDERS), "a data folder is empty"
    assert shipped.keys() == expected.keys()
    assert [path for path in expected if shipped[path] != expected[path]] == []


def test_the_console_is_that_of_the_tree(wheel: zipfile.ZipFile, repository: Path) -> None:
    shipped = {name for name in wheel.namelist() if name.startswith("console/")}
    expected = {
        str(path.relative_to(repository))
        for path in (repository / "console").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert shipped == expected
    assert [name for name in expected if wheel.read(name) != (repository / name).read_bytes()] == []


def test_the_extension_serves_every_supported_python(wheel: zipfile.ZipFile) -> None:
    libraries = [name for name in wheel.namelist() if name.endswith(".so")]
    assert len(libraries) == 1
    assert Path(libraries[0]).name == "trading_rust.abi3.so"


def test_the_extension_carries_its_types(wheel: zipfile.ZipFile, repository: Path) -> None:
    types = installed(wheel, "platlib")
    assert sorted(types) == ["trading_rust/__init__.pyi", "trading_rust/py.typed"]
    stub = (repository / "bindings" / "trading_rust.pyi").read_bytes()
    assert wheel.read(types["trading_rust/__init__.pyi"]) == stub


def test_both_names_of_the_command_line_are_installed(wheel: zipfile.ZipFile) -> None:
    (name,) = [name for name in wheel.namelist() if name.endswith(".dist-info/entry_points.txt")]
    entry_points = configparser.ConfigParser()
    entry_points.read_string(wheel.read(name).decode())
    assert dict(entry_points["console_scripts"]) == {
        "qd": "console.cli:main",
        "quarterdeck": "console.cli:main",
    }
