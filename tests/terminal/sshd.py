"""A real sshd on loopback, with keys and a configuration of a test's own."""

from __future__ import annotations

import getpass
import os
import shlex
import shutil
import socket
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.desk import wait_for

TRIES = 5
CONFIG = """
ListenAddress 127.0.0.1
HostKey {folder}/host
AuthorizedKeysFile {folder}/client.pub
PidFile none
StrictModes no
UsePAM no
PermitRootLogin prohibit-password
PasswordAuthentication no
AcceptEnv COLORTERM
"""


def program(name: str) -> str:
    """A program of OpenSSH; where it is missing the test fails with its package."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    assert found, f"{name} is missing: install openssh-server and openssh-client"
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Sshd:
    """Runs as this user, who is the only one to come in."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        for name in ("host", "client"):
            key = [program("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
            subprocess.run(key, check=True, timeout=30)
        config = folder / "sshd_config"
        config.write_text(CONFIG.format(folder=folder), encoding="utf-8")
        if os.geteuid() == 0:
            # Where it locks its unprivileged half in; a service manager makes it elsewhere.
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        for _ in range(TRIES):
            self.port = free_port()
            command = [program("sshd"), "-D", "-e", "-f", str(config), "-p", str(self.port)]
            with (folder / "log").open("w", encoding="utf-8") as log:
                self._process = subprocess.Popen(command, stderr=log, stdin=subprocess.DEVNULL)
            wait_for(lambda: self._process.poll() is not None or "listening" in self.log(), "sshd")
            if self._process.poll() is None:
                return
        raise AssertionError(f"sshd doesn't start: {self.log()}")

    def log(self) -> str:
        """What it has said."""
        return (self._folder / "log").read_text(encoding="utf-8", errors="replace")

    def command(self, remote: str) -> list[str]:
        """The client with which `remote` runs on the other side, in a terminal."""
        options = {
            "IdentityFile": str(self._folder / "client"),
            "IdentitiesOnly": "yes",
            "UserKnownHostsFile": str(self._folder / "known_hosts"),
            "StrictHostKeyChecking": "accept-new",
            "SendEnv": "COLORTERM",
            "LogLevel": "ERROR",
        }
        given = [part for name, value in options.items() for part in ("-o", f"{name}={value}")]
        place = f"{getpass.getuser()}@127.0.0.1"
        return [program("ssh"), "-F", "none", "-tt", *given, "-p", str(self.port), place, remote]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait(20)


def remotely(environment: dict[str, str], *command: str) -> str:
    """A command line for the other side, which has nothing of this side's environment."""
    kept = ("PATH", "PYTHONPATH", "QUARTERDECK_HOME", "QUARTERDECK_BIN", "TMUX_TMPDIR", "SHELL")
    given = [f"{name}={environment[name]}" for name in kept if name in environment]
    return f"exec {shlex.join(['env', *given, *command])}"
