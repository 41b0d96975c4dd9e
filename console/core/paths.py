"""Where a desk lives, and where the parts that were installed lie.

A desk writes only under its home: `run/` (sockets, 0700), `state/` (journals, latches, secrets), `pg/`,
`models/` and `logs/`. Two homes are two desks.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import stat
import sys
from dataclasses import dataclass
from pathlib import Path

HOME_VARIABLE = "QUARTERDECK_HOME"
BINARIES_VARIABLE = "QUARTERDECK_BIN"

# The longest path the kernel takes for a Unix socket (`sun_path` without its closing zero).
SOCKET_PATH_BYTES = 107
# The longest name a desk puts into `run/`.
LONGEST_SOCKET = "execution-engine-control.ipc"


class HomeError(Exception):
    """The home can't be used as it is; the text names the place and the remedy."""


def default_home() -> Path:
    """The home when neither an option nor the environment names one."""
    if os.geteuid() == 0:
        return Path("/var/lib/quarterdeck")
    return Path.home() / ".local" / "state" / "quarterdeck"


@dataclass(frozen=True, slots=True)
class Home:
    """One desk's folder."""

    root: Path

    @classmethod
    def resolve(cls, explicit: str | os.PathLike[str] | None = None) -> Home:
        """The home `explicit` names, else `$QUARTERDECK_HOME`, else the default; absolute, not created."""
        chosen = explicit or os.environ.get(HOME_VARIABLE) or default_home()
        return cls(Path(chosen).expanduser().absolute())

    @property
    def run(self) -> Path:
        """Sockets, locks and the `KILL` file."""
        return self.root / "run"

    @property
    def state(self) -> Path:
        """Journals, latches, secrets and the configuration in force."""
        return self.root / "state"

    @property
    def logs(self) -> Path:
        """One log per process."""
        return self.root / "logs"

    @property
    def models(self) -> Path:
        """The models this desk may trade, and their registry."""
        return self.root / "models"

    @property
    def pg(self) -> Path:
        """The embedded PostgreSQL's data."""
        return self.root / "pg"

    @property
    def kill_file(self) -> Path:
        """A file of this name kills the desk, whoever made it."""
        return self.run / "KILL"

    @property
    def system_config(self) -> Path:
        """The validated configuration in force, written by `up`."""
        return self.state / "system.json"

    @property
    def desk_control(self) -> str:
        """The supervisor's address."""
        return f"ipc://{self.run}/desk-control.ipc"

    def prepare(self) -> None:
        """Make the folders that are missing and refuse those that others could read or reach.

        Raises `HomeError` when the home can't be written, belongs to somebody else, is open to others, or is
        so deep that its sockets have no valid path.
        """
        self.check_socket_paths()
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            for folder in (self.run, self.state, self.logs, self.models):
                folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise HomeError(
                f"The home {self.root} can't be prepared ({error.strerror}: {error.filename}): "
                f"make it writable for you, or name another one with {HOME_VARIABLE}."
            ) from error
        for folder in (self.run, self.state):
            check_private(folder)

    def check_socket_paths(self) -> None:
        """Refuse a home under which the longest socket path would not fit the kernel's limit."""
        check_socket_path(str(self.run / LONGEST_SOCKET))


def check_socket_path(path: str) -> None:
    """Refuse a socket path over 107 bytes: the kernel would cut it, or refuse it with a riddle."""
    length = len(os.fsencode(path))
    if length > SOCKET_PATH_BYTES:
        raise HomeError(
            f"The socket path {path} has {length} bytes and the kernel takes {SOCKET_PATH_BYTES}: "
            f"set {HOME_VARIABLE} to a shorter path."
        )


def check_private(folder: Path) -> None:
    """Refuse a folder that isn't a real folder of this user with mode 0700."""
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode):
        raise HomeError(f"{folder} is not a folder (a link or a file): remove it and start again.")
    if status.st_uid != os.geteuid():
        raise HomeError(
            f"{folder} belongs to user {status.st_uid}, not to you ({os.geteuid()}): "
            f"run as its owner, or name another home with {HOME_VARIABLE}."
        )
    mode = stat.S_IMODE(status.st_mode)
    if mode != 0o700:
        raise HomeError(f"{folder} has mode {mode:04o} and others could reach the desk: chmod 700 {folder}")


def shipped(kind: str) -> Path:
    """The folder of what was shipped as `kind` ("config", "models" or "themes").

    A source checkout is looked at first, then the environment the package is installed into.
    """
    checkout = Path(__file__).resolve().parents[2]
    if (checkout / "config").is_dir() and (checkout / kind).is_dir():
        return checkout / kind
    return Path(sys.prefix) / "share" / "quarterdeck" / kind


def find_binary(name: str) -> Path:
    """The service binary `name`; `HomeError` with the remedy when it is nowhere to be found."""
    override = os.environ.get(BINARIES_VARIABLE)
    if override:
        folders = [Path(override)]
    else:
        folders = [Path(sys.executable).parent]
        on_path = shutil.which(name)
        if on_path:
            folders.append(Path(on_path).parent)
    for folder in folders:
        candidate = folder / name
        if candidate.is_file() and os.access(candidate, os.X_OK):
            return candidate.absolute()
    looked = ", ".join(str(folder) for folder in folders)
    raise HomeError(
        f"The program {name} is missing (looked in {looked}): install Quarterdeck's wheel (make wheel), "
        f"or set {BINARIES_VARIABLE} to the folder with the built services."
    )


def find_onnxruntime() -> Path:
    """The ONNX Runtime library in its wheel, found without importing it; `HomeError` when it is missing."""
    found = importlib.util.find_spec("onnxruntime")
    if found is not None and found.origin is not None:
        libraries = sorted((Path(found.origin).parent / "capi").glob("libonnxruntime.so.*"))
        if libraries:
            return libraries[-1].absolute()
    raise HomeError(
        "The ONNX Runtime library is missing, and no model can run without it: "
        "pip install onnxruntime into the environment of the desk."
    )
