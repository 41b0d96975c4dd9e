"""`python -m tests.bench.busy_console FILE [--feed ADDRESS] [--hours N]`: a console over 400 busy symbols,
without a desk. When it is left, it writes to FILE what its frames took.

With a feed it takes the newest of every symbol in each frame, as the console on a desk does. With `--hours`
so many events pass between two frames that half a minute of frames brings an hour of them.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path

from trading_rust import MarketFeed

from console.core.commands import CommandBoard
from console.core.feed import Instrument, Watchlist
from console.core.frame import Frame
from console.core.theme import ThemeBook
from console.ui.app import QuarterdeckApp
from console.ui.ports import Ports
from tests.unit.ui.busy import BusyDesk

REPOSITORY = Path(__file__).resolve().parents[2]
# Moments of the desk in an hour, of twenty a second, and between two frames so that they take half a minute.
HOUR, BETWEEN = 72_000, 120
# From here on every pane has the width it keeps.
COUNTED_FROM = 40


class Nobody:
    """Carries out no command: this desk is none."""

    def execute(self, intent, tell):
        raise ValueError("this desk only moves")


class Source:
    """The busy desk's frames, with what taking a feed costs."""

    def __init__(self, feed: MarketFeed | None, hours: int) -> None:
        self.desk = BusyDesk()
        self.pulls = 0
        self._feed, self._moments = feed, hours * HOUR
        self._watchlist = Watchlist(())
        self._symbols: Sequence[str] = ()

    def pull(self, selected: str, interval_s: int) -> Frame:
        self.pulls += 1
        if self._feed is not None:
            changes = self._feed.take()
            if len(changes["symbol"]) and changes["symbol"].max() >= len(self._symbols):
                self._symbols = self._feed.symbols
                self._watchlist = Watchlist(Instrument(name, 0.01, 1.0, "USD") for name in self._symbols)
            self._watchlist.update(self._symbols, changes)
            self._watchlist.sample(time.monotonic())
            if selected in self._symbols:
                self._feed.bars(selected, interval_s * 1_000, 720)
        if self.desk.frames < self._moments:
            self.desk.pass_by(BETWEEN)
        return self.desk.pull(selected, interval_s)

    def messages(self) -> int:
        return int(self._feed.totals()["messages"]) if self._feed is not None else 0


class Measured(QuarterdeckApp):
    """Notes the processor time and the time of each frame, from its beginning until it is written."""

    def __init__(self, source: Source) -> None:
        ports = Ports(source, CommandBoard(), Nobody(), Path)
        super().__init__(ports, themes=ThemeBook(REPOSITORY / "themes"))
        self.source = source
        self.frame_s: list[float] = []
        self._frame_began = 0.0
        self.began = (0, 0.0, 0.0, 0)

    def _paint_frame(self, now: float) -> None:
        self._frame_began = time.perf_counter()
        super()._paint_frame(now)
        if self.source.pulls == COUNTED_FROM:
            self.began = (
                self.source.pulls, time.process_time(), time.perf_counter(), self.source.messages()
            )  # fmt: skip
            self.frame_s.clear()

    def _ask_terminal(self) -> None:
        super()._ask_terminal()
        self.frame_s.append(time.perf_counter() - self._frame_began)


def main() -> None:
    """Run until it is left."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--feed", metavar="ADDRESS")
    parser.add_argument("--hours", type=int, default=0, metavar="N")
    arguments = parser.parse_args()
    source = Source(MarketFeed(arguments.feed) if arguments.feed else None, arguments.hours)
    app = Measured(source)
    app.run(mouse=False)
    pulls, cpu, clock, messages = app.began
    count = max(1, source.pulls - pulls)
    elapsed, messages = time.perf_counter() - clock, source.messages() - messages
    # Making the desk's next moment is no part of the console: its share is measured afterwards.
    before = time.process_time()
    for _ in range(100):
        source.desk.pull("S000", 1)
    making = (time.process_time() - before) / 100
    taken = sorted(app.frame_s)
    arguments.file.write_text(
        json.dumps(
            {
                "frames": count,
                "moments": source.desk.frames,
                "frames_per_s": count / elapsed,
                "messages_per_s": messages / elapsed,
                "making_ms": making * 1e3,
                "cpu_ms": (before - cpu) / count * 1e3 - making * 1e3,
                "p50_ms": taken[len(taken) // 2] * 1e3,
                "p99_ms": taken[min(len(taken) - 1, len(taken) * 99 // 100)] * 1e3,
            }
        ),
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
