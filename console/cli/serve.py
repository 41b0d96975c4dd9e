"""`quarterdeck serve`: the console in a browser of this machine, read-only."""

from __future__ import annotations

import ipaddress

import click

from console.cli.errors import RefusedError, not_running
from console.core.desk import is_running
from console.core.paths import Home

PORT = 8_000


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="A loopback address.")
@click.option(
    "--port", type=click.IntRange(0, 65_535), default=PORT, show_default=True, help="0: any free one."
)
def serve(host: str, port: int) -> None:
    """Show the console in a browser of this machine: it can look, and change nothing.

    Whoever can reach the port can look, so it is open on loopback alone; reach it from elsewhere through a
    tunnel (ssh -L 8000:127.0.0.1:8000). ctrl+c ends it; the desk goes on.
    """
    address = loopback(host)
    home = Home.resolve()
    if not is_running(home):
        raise not_running(f"The desk in {home.root}")
    from console.ui.browser.server import serve_console

    try:
        serve_console(home, address, port)
    except OSError as error:
        raise RefusedError(
            f"{host}:{port} can't be opened ({error.strerror or error}): name another port with --port."
        ) from error


def loopback(host: str) -> str:
    """The loopback address that was named; anything else is refused."""
    named = "127.0.0.1" if host == "localhost" else host
    try:
        address = ipaddress.ip_address(named)
    except ValueError as error:
        raise RefusedError(
            f"{host} is no loopback address: the page has no password, so it is open to this machine alone "
            "(127.0.0.1 or ::1); reach it from elsewhere through a tunnel (ssh -L)."
        ) from error
    if not address.is_loopback:
        raise RefusedError(
            f"{host} is open to the network: the page has no password, so it is open to this machine alone "
            "(127.0.0.1 or ::1); reach it from elsewhere through a tunnel (ssh -L)."
        )
    return str(address)
