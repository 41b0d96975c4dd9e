"""Starting a supervisor from the command line, and waiting until the desk is ready."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import console
from console.core.atomic import write_private
from console.core.config import SystemConfig
from console.core.paths import Home
from console.supervisor.options import UpOptions
from console.supervisor.process import log_size, rotate, tail


class LaunchError(Exception):
    """The desk did not start; the text says why and what to do."""


def prepare(home: Home, config: SystemConfig) -> None:
    """Write the configuration the desk is to run with."""
    home.prepare()
    write_private(home.system_config, json.dumps(config.data, indent=2) + "\n")


def launch(home: Home, options: UpOptions, say: Callable[[str], None]) -> None:
    """Start the supervisor as a process of its own; returns when the desk is ready, else `LaunchError`."""
    log = home.logs / "supervisor.log"
    rotate(log)
    before = log_size(log)
    reader, writer = os.pipe()
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    command = [sys.executable, "-m", "console.supervisor", "--home", str(home.root)]
    command += ["--options", options.to_json(), "--progress-fd", str(writer)]
    # The package is found also when it runs from a source checkout.
    packages = str(Path(console.__file__).resolve().parents[1])
    path = os.pathsep.join(part for part in (packages, os.environ.get("PYTHONPATH", "")) if part)
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=home.root,
            env={**os.environ, "PYTHONPATH": path},
            pass_fds=(writer,),
            start_new_session=True,
        )
    finally:
        os.close(output)
        os.close(writer)
    with os.fdopen(reader, encoding="utf-8") as lines:
        for line in lines:
            message = json.loads(line)
            if message["kind"] == "ready":
                # It goes on by itself now; nobody here waits for its end.
                process.returncode = 0
                return
            if message["kind"] == "failed":
                process.wait()
                raise LaunchError(message["text"])
            say(message["text"])
    code = process.wait()
    raise LaunchError(
        f"The supervisor ended (exit {code}) before the desk was ready; its log {log} ends:\n"
        f"{tail(log, since=before)}"
    )
