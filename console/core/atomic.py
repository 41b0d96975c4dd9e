"""Files that are whole after any failure."""

from __future__ import annotations

import csv
import io
import os
import threading
from collections.abc import Iterable
from pathlib import Path

# As the user's umask has it; or for its owner alone.
SHARED, PRIVATE = 0o666, 0o600


def replace_file(path: Path, content: bytes | str, *, mode: int = SHARED, durable: bool = False) -> None:
    """Writes a new file beside `path` and renames it over it: whoever reads meanwhile, and after any failure,
    finds the old one whole or the new one. Text is written in UTF-8.

    `mode` is that of the new file, less what the umask takes. `durable`: on return it outlives a crash of the
    machine, not only of this process. Raises `OSError` when it can't be written, and leaves nothing behind.
    """
    # One of its own for each thread: two that write at the same moment must not write into one file.
    new = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_native_id()}")
    try:
        handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
        with os.fdopen(handle, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            if durable:
                file.flush()
                os.fsync(handle)
        new.replace(path)
    except BaseException as error:
        new.unlink(missing_ok=True)
        if isinstance(error, OSError):
            # A write that fails names no file; who asked for it knows no other name.
            error.filename, error.filename2 = str(path), None
        raise
    if durable:
        # The name, too, must be on the disk.
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def write_private(path: Path, text: str) -> None:
    """A text of the desk's own, which only its owner can read and a crash of the machine doesn't take."""
    replace_file(path, text, mode=PRIVATE, durable=True)


def write_csv(path: Path, rows: Iterable[Iterable[object]], *, mode: int = SHARED) -> None:
    """Rows as CSV, in a folder that is made if there is none. Raises `OSError` when it can't be written."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, text.getvalue(), mode=mode)
