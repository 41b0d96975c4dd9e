"""Serves the console by textual-serve, on loopback, read-only, from this machine's files alone.

textual-serve asks nobody who he is. So the console behind a page has no command at all, the socket is bound
to loopback, and a request is refused whose `Host` or `Origin` isn't this very page: a page of somebody else's
that is open in the same browser could look at the desk otherwise.
"""

from __future__ import annotations

import os
import shlex
import socket
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web
from textual_serve.server import Server

import console
from console.core.paths import HOME_VARIABLE, Home

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
TEMPLATES = Path(__file__).parent
TITLE = "Quarterdeck, read-only"


def serve_console(home: Home, address: str, port: int) -> None:
    """Serves until a signal ends it. Raises `OSError` when the port can't be opened."""
    # Bound here: a port that is taken is told before anything else, and 0 takes a free one.
    bound = socket.create_server(
        (address, port), family=socket.AF_INET6 if ":" in address else socket.AF_INET
    )
    with bound:
        ConsoleServer(home, address, bound).serve()


def console_command(home: Home) -> str:
    """What runs behind each page; a shell starts it."""
    packages = str(Path(console.__file__).resolve().parents[1])
    path = os.pathsep.join(part for part in (packages, os.environ.get("PYTHONPATH", "")) if part)
    given = [f"{HOME_VARIABLE}={home.root}", f"PYTHONPATH={path}"]
    arguments = ["-m", "console.cli", "console", "--read-only"]
    return "exec " + shlex.join(["env", *given, sys.executable, *arguments])


class ConsoleServer(Server):
    """One desk's page."""

    def __init__(self, home: Home, address: str, bound: socket.socket) -> None:
        self._bound = bound
        port = bound.getsockname()[1]
        named = f"[{address}]" if ":" in address else address
        super().__init__(
            console_command(home), host=address, port=port, title=TITLE,
            public_url=f"http://{named}:{port}", templates_path=TEMPLATES,
        )  # fmt: skip
        # A tunnel from elsewhere ends here by one of these names, on whatever port it begins.
        self._names = {named, "localhost", "127.0.0.1", "[::1]"}

    def serve(self, debug: bool = False) -> None:
        """Serves until a signal ends it."""
        del debug
        web.run_app(self._make_app(), sock=self._bound, print=None)

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()
        app.middlewares.append(self._only_this_page)
        return app

    async def on_startup(self, app: web.Application) -> None:
        """Says where it is."""
        del app
        sys.stdout.write(
            f"The console is at {self.public_url}, read-only; ctrl+c ends it and the desk goes on.\n"
        )
        sys.stdout.flush()

    @web.middleware
    async def _only_this_page(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuses requests that were made for, or by, another page."""
        here = f"http://{request.headers.get('Host', '')}"
        if _host(here) not in self._names:
            raise web.HTTPForbidden(text="This page is for this machine alone.\n")
        if request.headers.get("Origin", here) != here:
            raise web.HTTPForbidden(text="Another page asked for it.\n")
        return await handler(request)


def _host(url: str) -> str:
    """The host of an address, without its port."""
    try:
        name = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    return f"[{name}]" if ":" in name else name
