"""TA-Lib in an interpreter that has it: this one, or that of the peers of `make bench`."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from tests.golden.indicators.cases import FOLDER
from tests.unit.bindings.series import Column, Data

ROOT = FOLDER.parents[2]
PEERS = ROOT / "build" / "bench-venv" / "bin" / "python"
# Answers each line that names a folder, by TA-Lib's values of the series that lies in it.
PROGRAM = """
import sys
import numpy as np, talib
from tests.golden.indicators.cases import CASES
for line in sys.stdin:
    folder = line.strip()
    with np.load(folder + "/series.npz") as file:
        data = dict(file)
    found = {}
    for case in CASES:
        if case.talib is not None and len(data["close"]) >= 2:
            for index, column in enumerate(case.from_talib(talib, data)):
                found[f"{case.key}:{index}"] = column
    np.savez(folder + "/values.npz", **found)
    print("done", flush=True)
"""


class Peer:
    """A process that computes with TA-Lib until it is left."""

    def __init__(self, interpreter: str) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._process = subprocess.Popen(
            [interpreter, "-c", PROGRAM], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    @staticmethod
    def interpreter() -> str | None:
        """The first interpreter that can import TA-Lib."""
        for candidate in (sys.executable, str(PEERS)):
            if Path(candidate).exists():
                tried = subprocess.run(
                    [candidate, "-c", "import numpy, talib"], capture_output=True, check=False
                )
                if tried.returncode == 0:
                    return candidate
        return None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()
        self._folder.cleanup()

    def values(self, data: Data) -> dict[str, list[Column]]:
        """TA-Lib's outputs by the key of each case that it has."""
        folder = Path(self._folder.name)
        np.savez(folder / "series.npz", **data)  # type: ignore[arg-type]
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{folder}\n")
        self._process.stdin.flush()
        if self._process.stdout.readline() != "done\n":
            raise AssertionError(f"TA-Lib's process ended with {self._process.wait()}")
        found: dict[str, list[Column]] = {}
        with np.load(folder / "values.npz") as file:
            for name in file.files:
                found.setdefault(name.rpartition(":")[0], []).append(file[name])
        return found
