"""The day's profit from before the console was opened, asked of the database once, beside the screen."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from console.core.identity import now_us
from console.core.journal import Severity
from console.core.records import RiskPicture
from console.core.state import DeskState

# The risk manager says with what the day began; without its word there is nothing to measure from.
PATIENCE_S = 60.0
LOOK_EVERY_S = 0.1


class Morning:
    """A thread that prepends the curve to `state`, from `start` on; `stop` when the console is left. `url`
    gives the database's address, None where no database is known.
    """

    def __init__(self, state: DeskState, url: Callable[[], str | None]) -> None:
        self._state = state
        self._url = url
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="morning", daemon=True)

    def start(self) -> None:
        """Begins; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Asks nothing any more."""
        self._stop.set()

    def _run(self) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while (risk := self._state.picture(time.monotonic()).risk) is None:
            if self._stop.wait(LOOK_EVERY_S) or time.monotonic() > deadline:
                return
        self._ask(risk)

    def _ask(self, risk: RiskPicture) -> None:
        url = self._url()
        if url is None:
            why = "no database is known here (DATABASE_URL names one)"
        else:
            # Imported here: the first screen doesn't wait for it.
            from console.store.curve import profit_curve
            from console.store.errors import DatabaseUnavailableError

            try:
                points = profit_curve(url, risk.day_start_us, now_us())
            except DatabaseUnavailableError as error:
                why = str(error)
            else:
                began = risk.profit_at_day_start
                self._state.prepend_profit((at, profit - began) for at, profit in points)
                return
        text = f"the curve of the day's profit begins with this console: {why}"
        self._state.note(now_us(), Severity.NOTICE, text)
