"""Installs the libraries of the extra `bench` into an environment of their own: what `make bench-peers` runs.

One after the other and as wheels alone, each beside those that are there already: what has no wheel for this
interpreter, or none that fits, is named and left out, and does not keep the others away.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

from tests.bench.peers import NOTES

PROJECT = Path(__file__).resolve().parents[2] / "pyproject.toml"
# The largest is 200 MB.
WITHIN_S = 300.0


def wanted(project: Path = PROJECT) -> list[str]:
    """What the extra asks for, as it is written there."""
    asked: list[str] = tomllib.loads(project.read_text(encoding="utf-8"))["project"]["optional-dependencies"][
        "bench"
    ]
    return asked


def name_of(requirement: str) -> str:
    """The library's name without the versions it may have."""
    return re.split(r"[<>=!~;\[ ]", requirement, maxsplit=1)[0]


def install(python: Path, requirement: str) -> str | None:
    """None when it is there now, else why not."""
    pip = [str(python), "-m", "pip", "--disable-pip-version-check"]
    kept = python.parent.parent / "kept.txt"
    frozen = subprocess.run([*pip, "freeze"], capture_output=True, text=True, check=True).stdout
    # What others brought stays as it is.
    kept.write_text("\n".join(line for line in frozen.splitlines() if "==" in line), encoding="utf-8")
    options = ["--quiet", "--no-input", "--only-binary", ":all:", "--constraint", str(kept)]
    try:
        done = subprocess.run(
            [*pip, "install", *options, requirement],
            capture_output=True,
            text=True,
            check=False,
            timeout=WITHIN_S,
        )
    except subprocess.TimeoutExpired:
        return f"not installed within {WITHIN_S:g} s"
    return None if done.returncode == 0 else reason(done.stderr)


def reason(told: str) -> str:
    """pip's last word in a few words of ours, where it is one of the two usual ones."""
    if "No matching distribution found" in told:
        return "no wheel for this interpreter and machine"
    if "ResolutionImpossible" in told or "conflicting dependencies" in told:
        return "no wheel that fits beside the other peers"
    lines = [line.strip() for line in told.splitlines() if line.startswith("ERROR")]
    return lines[-1].removeprefix("ERROR: ") if lines else "pip gave no reason"


def main() -> int:
    """All of them, and a note of those that are missing."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.install_peers", description=__doc__)
    parser.add_argument("folder", type=Path, help="the environment, made where there is none")
    folder: Path = parser.parse_args().folder
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
    missing: dict[str, str] = {}
    for requirement in wanted():
        failure = install(python, requirement)
        print(f"{requirement}: {failure or 'installed'}", flush=True)
        if failure is not None:
            missing[name_of(requirement)] = failure
    (folder / NOTES).write_text(json.dumps(missing, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
