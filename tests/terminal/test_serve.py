"""The console in a browser: the page, its terminal, and everybody who is turned away."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from tests.desk import Desk

WITHIN_S = 60


@pytest.fixture(scope="module")
def page(one_desk: Desk) -> Iterator[str]:
    """Where a server on a port of its own has its page."""
    command = [sys.executable, "-m", "console.cli", "serve", "--port", "0"]
    server = subprocess.Popen(command, env=one_desk.environment, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        said = server.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", said)
        assert found, said
        yield found[0]
    finally:
        server.terminate()
        assert server.wait(30) == 0


async def test_the_page_needs_nothing_from_elsewhere(page: str) -> None:
    async with aiohttp.ClientSession() as session:
        async with session.get(page) as response:
            text = await response.text()
        assert not re.findall(r"(?:src|href)=\"(?:https?:)?//|url\(\"?https?:", text)
        parts = re.findall(r"/static/[\w./-]+", text)
        assert len(parts) >= 4
        for part in parts:
            async with session.get(page + part) as response:
                assert response.status == 200, part
                assert await response.read()


async def test_a_pane_is_seen_and_no_key_reaches_the_desk(page: str, one_desk: Desk) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{page}/ws?width=120&height=40", origin=page) as socket,
    ):
        seen = ""

        async def shows(pattern: str) -> None:
            nonlocal seen
            async with asyncio.timeout(WITHIN_S):
                while not re.search(pattern, seen):
                    message = await socket.receive()
                    assert message.type in (aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.TEXT), message
                    if message.type is aiohttp.WSMsgType.BINARY:
                        data = message.data.decode()
                        seen += data
                        # What a browser's terminal does by itself.
                        for _ in range(data.count("\x1b[6n")):
                            await socket.send_json(["stdin", "\x1b[1;1R"])

        await shows("PAPER")
        await shows("READ-ONLY")
        await shows("ALFA")
        seen = ""
        await socket.send_json(["stdin", "KpP:kill\r"])
        await shows("read-only")
        assert "ENTER fires" not in seen
        seen = ""
        await socket.send_json(["stdin", "\x1b"])
        await socket.send_json(["stdin", "5"])
        await shows("gross exposure|5 risk")
    status = one_desk.status()
    assert not status["kill"]["latched"]
    assert "operator_pause" not in {gate["kind"] for gate in status["gates"]}


@pytest.mark.parametrize(
    "headers",
    [{"Host": "desk.example"}, {"Origin": "http://desk.example"}, {"Origin": "http://127.0.0.1:1"}],
)
async def test_another_page_is_turned_away(page: str, headers: dict[str, str]) -> None:
    async with aiohttp.ClientSession() as session, session.get(f"{page}/ws", headers=headers) as response:
        assert response.status == 403


@pytest.mark.parametrize("host", ["0.0.0.0", "desk.example"])
def test_an_address_of_the_network_is_refused(one_desk: Desk, host: str) -> None:
    done = one_desk.run("serve", "--host", host)
    assert done.returncode == 1
    assert "to this machine alone" in done.stderr


def test_the_server_names_a_desk_that_is_not_there(one_desk: Desk, desk_home: Path) -> None:
    done = one_desk.run("--home", str(desk_home), "serve")
    assert done.returncode == 1
    assert "isn't running" in done.stderr
