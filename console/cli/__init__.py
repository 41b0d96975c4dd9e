"""The command line, `quarterdeck`: one command a file, loaded when it is called for.

Exit codes: 0 done (kill: VERIFIED), 1 refused, not running, or a kill with orders left (the reason on
stderr), 2 wrong usage, 3 no answer, so the outcome is unknown.
"""

from __future__ import annotations

import os
import sys

import click

from console.cli.lazy import LazyGroup

# Command -> the module and the attribute that hold it.
COMMANDS = {
    "up": "console.cli.up:up",
    "start": "console.cli.start:start",
    "down": "console.cli.down:down",
    "status": "console.cli.status:status",
    "doctor": "console.cli.doctor:doctor",
    "logs": "console.cli.logs:logs",
    "watch": "console.cli.watch:watch",
    "record": "console.cli.record:record",
    "console": "console.cli.open_console:open_console",
    "serve": "console.cli.serve:serve",
    "tmux": "console.cli.tmux:tmux",
    "pause": "console.cli.trading:pause",
    "resume": "console.cli.trading:resume",
    "kill": "console.cli.kill:kill",
    "rearm": "console.cli.trading:rearm",
    "drill": "console.cli.drill:drill",
    "cancel": "console.cli.trading:cancel",
    "flatten": "console.cli.trading:flatten",
    "limits": "console.cli.limits:limits",
    "orders": "console.cli.orders:orders",
    "fills": "console.cli.fills:fills",
    "positions": "console.cli.positions:positions",
    "signals": "console.cli.signals:signals",
    "commands": "console.cli.commands:commands",
    "breaks": "console.cli.breaks:breaks",
    "explain": "console.cli.explain:explain",
    "pnl": "console.cli.pnl:pnl",
    "models": "console.cli.models:models",
    "train": "console.cli.train:train",
    "backtest": "console.cli.backtest:backtest",
    "optimize": "console.cli.optimize:optimize",
}


@click.group(
    cls=LazyGroup,
    commands_at=COMMANDS,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.option("--home", metavar="DIR", help="The desk's folder (else $QUARTERDECK_HOME, else the default).")
@click.version_option(package_name="quarterdeck", message="%(prog)s %(version)s")
@click.pass_context
def cli(context: click.Context, home: str | None) -> None:
    """Quarterdeck, the trading desk in a terminal.

    Without a command: start the desk if it isn't running, then open the console.
    """
    from console.core.paths import HOME_VARIABLE

    if home is not None:
        # Whatever this process starts lives in the same home.
        os.environ[HOME_VARIABLE] = os.path.abspath(home)  # noqa: PTH100 (keeps symbolic links)
    if context.invoked_subcommand is None:
        from console.cli.default import run_desk

        run_desk()


def main() -> None:
    """Run the command line; the process ends with the exit code of the command."""
    try:
        cli(prog_name="qd" if os.path.basename(sys.argv[0]) == "qd" else "quarterdeck")  # noqa: PTH119
    except BrokenPipeError:
        # The reader of a pipe went away: nothing is left to say, and no traceback helps.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
