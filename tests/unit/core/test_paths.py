from __future__ import annotations

from pathlib import Path

import pytest

from console.core.paths import LONGEST_SOCKET, Home, HomeError, find_binary, shipped


def test_a_home_is_named_by_option_then_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("QUARTERDECK_HOME", str(tmp_path / "environment"))
    assert Home.resolve(tmp_path / "option").root == tmp_path / "option"
    assert Home.resolve().root == tmp_path / "environment"


def test_the_private_folders_are_made_private(desk_home: Path) -> None:
    home = Home.resolve(desk_home)
    home.prepare()
    for folder in (home.run, home.state):
        assert folder.stat().st_mode & 0o777 == 0o700


def test_an_open_run_folder_is_refused_with_the_remedy(desk_home: Path) -> None:
    home = Home.resolve(desk_home)
    home.prepare()
    home.run.chmod(0o755)
    with pytest.raises(HomeError, match=f"chmod 700 {home.run}"):
        home.prepare()


def test_a_linked_run_folder_is_refused(desk_home: Path) -> None:
    home = Home.resolve(desk_home)
    (desk_home / "elsewhere").mkdir(mode=0o700)
    home.run.symlink_to(desk_home / "elsewhere")
    with pytest.raises(HomeError, match="not a folder"):
        home.prepare()


def test_the_longest_socket_path_fits_to_the_byte() -> None:
    room = 107 - len(f"/run/{LONGEST_SOCKET}")
    Home(Path("/" + "x" * (room - 1))).check_socket_paths()
    with pytest.raises(HomeError, match=r"107.*QUARTERDECK_HOME"):
        Home(Path("/" + "x" * room)).check_socket_paths()


def test_bytes_count_not_characters() -> None:
    room = 107 - len(f"/run/{LONGEST_SOCKET}")
    with pytest.raises(HomeError, match="107"):
        Home(Path("/" + "ü" * (room - 1))).check_socket_paths()


def test_a_missing_program_names_where_it_was_looked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("QUARTERDECK_BIN", str(tmp_path))
    with pytest.raises(HomeError, match=f"looked in {tmp_path}"):
        find_binary("market-data")
    program = tmp_path / "market-data"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert find_binary("market-data") == program


def test_a_checkout_ships_its_own_configuration(repository: Path) -> None:
    assert shipped("config") == repository / "config"
