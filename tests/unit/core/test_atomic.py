from __future__ import annotations

import csv
import os
import stat
import threading
from pathlib import Path

import pytest

from console.core.atomic import PRIVATE, replace_file, write_csv, write_private


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    replace_file(path, b"old")
    replace_file(path, "größer ▲")
    assert path.read_text(encoding="utf-8") == "größer ▲"
    assert names(tmp_path) == {"a.json"}


@pytest.mark.parametrize("fails", ["fsync", "replace"])
def test_what_fails_leaves_the_old_one_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    path = tmp_path / "a.json"
    path.write_text("old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(*((os, "fsync") if fails == "fsync" else (Path, "replace")), full)
    with pytest.raises(OSError, match="No space") as refused:
        replace_file(path, "new", durable=True)
    assert refused.value.filename == str(path)
    assert path.read_text() == "old"
    assert names(tmp_path) == {"a.json"}


def test_its_mode_is_the_users_own_or_private(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        replace_file(tmp_path / "shared", "")
        replace_file(tmp_path / "private", "", mode=PRIVATE)
        write_private(tmp_path / "desk", "")
        write_csv(tmp_path / "deep" / "table", [])
    finally:
        os.umask(before)
    modes = {
        name: stat.S_IMODE((tmp_path / name).stat().st_mode)
        for name in ("shared", "private", "desk", "deep/table")
    }
    assert modes == {"shared": 0o644, "private": 0o600, "desk": 0o600, "deep/table": 0o644}


def test_a_durable_one_is_on_the_disk_with_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    real = os.fsync

    def fsync(handle: int) -> None:
        synced.append(Path(f"/proc/self/fd/{handle}").readlink().name)
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    replace_file(tmp_path / "quick", "")
    assert synced == []
    replace_file(tmp_path / "durable", "", durable=True)
    file, folder = synced
    assert file.startswith(".durable.")
    assert folder == tmp_path.name


def test_two_that_write_at_once_do_not_mix(tmp_path: Path) -> None:
    path = tmp_path / "a"
    texts = [letter * 100_000 for letter in "abcd"]
    threads = [threading.Thread(target=replace_file, args=(path, text)) for text in texts * 5]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert path.read_text() in texts
    assert names(tmp_path) == {"a"}


def test_a_table_keeps_its_cells(tmp_path: Path) -> None:
    rows = [["a", "b"], ['with "quotes", commas', "and\nlines"], ["", "▲"]]
    write_csv(tmp_path / "t.csv", rows)
    with (tmp_path / "t.csv").open(newline="", encoding="utf-8") as file:
        assert list(csv.reader(file)) == rows
