"""`quarterdeck start`: let a source that was held back begin."""

from __future__ import annotations

import click

from console.cli.errors import RefusedError, not_running
from console.cli.output import say
from console.core.config import SystemConfig
from console.core.control import ControlClient, NoAnswer
from console.core.desk import service_runs
from console.core.paths import Home
from console.proto import messages_pb2 as pb

SERVICE = "market-data"


@click.command()
def start() -> None:
    """Let a source that --hold kept back begin."""
    home = Home.resolve()
    config = SystemConfig.in_force(home)
    with ControlClient(config.control_address(SERVICE), SERVICE) as client:
        try:
            before = client.ping().source
            if before.state == pb.SourceStatus.FAILED:
                raise RefusedError(f"The source has failed: {before.reason}")
            if before.state != pb.SourceStatus.HELD:
                say(f"The source isn't held back: it is {pb.SourceStatus.State.Name(before.state).lower()}.")
                return
            reply = client.start_source()
        except NoAnswer as error:
            if not error.sent and not service_runs(home, SERVICE):
                raise not_running("The source (market-data)") from error
            raise
    if reply.WhichOneof("body") == "result" and reply.result.outcome == pb.CommandResult.REFUSED:
        raise RefusedError(reply.result.reason)
    say("The source begins.")
