"""A terminal that counts what is written to it, and answers when it is told to."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from textual import events
from textual.driver import Driver
from textual.geometry import Size

from console.ui.app import ACKNOWLEDGE, QuarterdeckApp


class CountingDriver(Driver):
    """Takes what a terminal would be sent. While `answers` is off, questions wait in `unanswered`."""

    answers = True

    def __init__(self, app, *, debug=False, mouse=True, size=None):
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self.written: list[str] = []
        self.unanswered = 0
        self.questions = 0

    def write(self, data):
        self.written.append(data)
        asked = data.count(ACKNOWLEDGE)
        self.questions += asked
        self.unanswered += asked
        if self.answers:
            self.answer()

    def answer(self):
        """Answers every open question."""
        for _ in range(self.unanswered):
            self._app.post_message(events.CursorPosition(0, 0))
        self.unanswered = 0

    def taken(self):
        """What was written since the last call."""
        text = "".join(self.written)
        self.written.clear()
        return text

    def start_application_mode(self):
        width, height = self._size or (80, 24)
        self._app.post_message(events.Resize(Size(width, height), Size(width, height)))

    def disable_input(self):
        pass

    def stop_application_mode(self):
        pass


@asynccontextmanager
async def on_terminal(app: QuarterdeckApp, size: tuple[int, int]) -> AsyncIterator[CountingDriver]:
    """The app, running on such a terminal from its first frame on until the end of the block."""
    app.driver_class = CountingDriver
    running = asyncio.create_task(app.run_async(size=size, mouse=False))
    try:
        await until(lambda: isinstance(app._driver, CountingDriver) and app._driver.questions > 0, running)
        yield app._driver
    finally:
        app.exit(0)
        await running


async def until(condition, running=None, seconds=20.0):
    deadline = time.monotonic() + seconds
    while not condition():
        if running is not None and running.done():
            running.result()
        assert time.monotonic() < deadline, "the condition was not reached"
        await asyncio.sleep(0.001)
