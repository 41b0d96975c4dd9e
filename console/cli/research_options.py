"""Options that train, backtest and optimize share: one name, one range, one sentence of help each."""

from __future__ import annotations

from pathlib import Path

import click

from console.cli.output import Command


def data_option(command: Command) -> Command:
    """`--data FILE`."""
    return click.option(
        "--data",
        required=True,
        metavar="FILE",
        help="A recording, CSV, gzipped CSV or Parquet of rows or bars; or postgresql:TABLE_OR_QUERY.",
    )(command)


def interval_option(command: Command) -> Command:
    """`--interval-ms N`."""
    return click.option(
        "--interval-ms", type=click.IntRange(1), default=250, show_default=True, help="Length of a bar."
    )(command)


def threshold_option(command: Command) -> Command:
    """`--threshold P`."""
    return click.option(
        "--threshold",
        type=click.FloatRange(0, 1),
        default=0.6,
        show_default=True,
        help="Probability from which it trades.",
    )(command)


def commission_option(command: Command) -> Command:
    """`--commission C`, none unless told."""
    return click.option(
        "--commission",
        type=click.FloatRange(0, 1),
        default=0.0,
        show_default=True,
        help="Fraction of the price paid on each side, beside the spread.",
    )(command)


def models_option(command: Command) -> Command:
    """`--models FOLDER`."""
    return click.option(
        "--models",
        type=click.Path(file_okay=False, path_type=Path),
        help="The registry's folder; else that of the desk.",
    )(command)
