"""`python -m tests.bench.busy_console FILE`: a console over 400 busy symbols, without a desk. When it is
left, it writes to FILE what its frames took.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from console.core.commands import CommandBoard
from console.core.theme import ThemeBook
from console.ui.app import QuarterdeckApp
from console.ui.ports import Ports
from tests.unit.ui.busy import BusyDesk

REPOSITORY = Path(__file__).resolve().parents[2]


class Nobody:
    """Carries out no command: this desk is none."""

    def execute(self, intent, tell):
        raise ValueError("this desk only moves")


class Measured(QuarterdeckApp):
    """Notes the processor time and the time of each frame, from its beginning until it is written."""

    def __init__(self, source: BusyDesk) -> None:
        ports = Ports(source, CommandBoard(), Nobody(), Path)
        super().__init__(ports, themes=ThemeBook(REPOSITORY / "themes"))
        self.source = source
        self.frame_s: list[float] = []
        self._frame_began = 0.0
        self.began = (0, 0.0, 0.0)

    def _paint_frame(self, now: float) -> None:
        self._frame_began = time.perf_counter()
        super()._paint_frame(now)
        if self.source.frames == 40:
            # By now every pane has the width it keeps.
            self.began = (self.source.frames, time.process_time(), time.perf_counter())
            self.frame_s.clear()

    def _ask_terminal(self) -> None:
        super()._ask_terminal()
        self.frame_s.append(time.perf_counter() - self._frame_began)


def main() -> None:
    """Run until it is left."""
    source = BusyDesk()
    app = Measured(source)
    app.run(mouse=False)
    frames, cpu, clock = app.began
    count = max(1, source.frames - frames)
    # Making the desk's next moment is no part of the console: its share is measured afterwards.
    before = time.process_time()
    for _ in range(100):
        source.pull("S000", 1)
    making = (time.process_time() - before) / 100
    taken = sorted(app.frame_s)
    Path(sys.argv[1]).write_text(
        json.dumps(
            {
                "frames": count,
                "frames_per_s": count / (time.perf_counter() - clock),
                "cpu_ms": (before - cpu) / count * 1e3 - making * 1e3,
                "p50_ms": taken[len(taken) // 2] * 1e3,
                "p99_ms": taken[min(len(taken) - 1, len(taken) * 99 // 100)] * 1e3,
            }
        ),
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
