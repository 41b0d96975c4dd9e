"""`quarterdeck` alone: start the desk if it isn't running, then open the console."""

from __future__ import annotations

import sys

from console.cli.output import say
from console.cli.up import running_options, start_desk
from console.core.config import SystemConfig
from console.core.desk import is_running, read_status
from console.core.paths import Home
from console.supervisor.options import UpOptions


def run_desk() -> None:
    """Start what isn't running; without a terminal print the state instead of opening the console."""
    home = Home.resolve()
    home.check_socket_paths()
    running = is_running(home)
    config = SystemConfig.in_force(home) if running else SystemConfig(home=home)
    held = running_options(home) if running else None
    options = held if held is not None else UpOptions.chosen(config, None, None)
    start_desk(home, config, options, explicit=False)
    if sys.stdin.isatty() and sys.stdout.isatty():
        from console.cli.open_console import run_console

        run_console(home, pane=None, read_only=False)
        return
    from console.cli.status import print_status

    print_status(read_status(home))
    say("No terminal here, so no console; the desk goes on. quarterdeck down stops it.")
