"""Opens the console on a desk, or on a recording of one: connects feed and streams, runs the app, and leaves
the desk running.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.core.actions import available
from console.core.commander import DeskCommander
from console.core.commands import CommandBoard
from console.core.config import CONTROL_OF_SERVICE, SystemConfig
from console.core.feed import Feed, Instrument, read_instruments
from console.core.frame import STALE_AFTER_S, DeskFrameSource, FrameSource
from console.core.identity import Identity
from console.core.keymap import build_keymap
from console.core.paths import Home, shipped
from console.core.preferences import Memory, load_preferences, place_of
from console.core.services import ServiceBook
from console.core.state import DeskState
from console.core.streams import DeskStreams, StreamAddresses
from console.core.theme import ThemeBook
from console.ui.app import QuarterdeckApp
from console.ui.morning import Morning
from console.ui.ports import Ports

if TYPE_CHECKING:
    from console.core.player import Player


def open_console(
    home: Home, *, pane: str | None, read_only: bool, database: Callable[[], str | None] = lambda: None
) -> int:
    """Runs the console until it is left; returns the exit code. `database` gives the address of the desk's
    database, None where none is known.

    Raises `ConfigError` when there is no configuration to read, `KeymapError` when its keys can't be used,
    and `PreferencesError` for a `console.yaml` that is wrong.
    """
    config = SystemConfig.in_force(home)
    state, board = DeskState(), CommandBoard()
    commander = None if read_only else DeskCommander(home, _identity(config.section("console")))
    history, controls = config.control_address("market-data"), _controls(config)
    streams = StreamAddresses(
        config.address("signals"), config.address("risk"), config.address("execution_updates"), controls
    )
    symbols = config.get_symbols()
    with (
        _feed(config.address("market_data"), symbols, history) as feed,
        _reading(DeskStreams(streams, state)),
        _reading(Morning(state, database)),
    ):
        source = DeskFrameSource(
            state, feed, _instruments(config), board, stale_after_s=_stale_after_s(config)
        )
        return _run(home, config, source, state, board, commander=commander, pane=pane)


def open_replay(home: Home, path: Path, at_us: int | None, *, speed: float, pane: str | None) -> int:
    """Runs the console on a recording, from `at_us` on (arrival time, microseconds since 1970; None: from its
    beginning), until it is left. Every symbol of the recording is shown; of those that the home's
    configuration doesn't have nothing is known but their prices.

    Raises `RecordingError` for what can't be played, and what `open_console` raises.
    """
    # Imported here, as a console on a running desk needs none of it.
    from tempfile import TemporaryDirectory

    from console.core.player import Player, ReplayFrameSource, examine

    opening = examine(path, at_us)
    config = SystemConfig.in_force(home)
    # A symbol of the configuration that wasn't recorded is no symbol of that desk.
    recorded = [one for one in _instruments(config) if one.symbol in opening.symbols]
    board = CommandBoard()
    # In a place of its own: nothing here may ever meet the endpoints of a desk.
    with TemporaryDirectory(prefix="qd-replay-") as folder:
        player = Player(path, opening, Path(folder), speed=speed)
        state = DeskState(ServiceBook(heard_at=player.heard_at))
        streams = DeskStreams(player.streams, state, clock=player.clock_us, seconds=player.seconds)
        with _reading(player), _feed(player.market_data, None, None) as feed, _reading(streams):
            inner = DeskFrameSource(
                state, feed, recorded, board, stale_after_s=_stale_after_s(config), learns=True,
                seconds=player.seconds,
            )  # fmt: skip
            source = ReplayFrameSource(inner, player)
            return _run(home, config, source, state, board, commander=None, pane=pane, kept=False)


def _run(
    home: Home,
    config: SystemConfig,
    source: FrameSource,
    state: DeskState,
    board: CommandBoard,
    *,
    commander: DeskCommander | None,
    pane: str | None,
    kept: bool = True,
) -> int:
    """The app over a source of frames. Without a commander it is read-only; `kept`: its layout is kept."""
    settings = config.section("console")
    symbols = tuple(config.get_symbols())
    read_only = commander is None
    preferences = load_preferences(place_of(), symbols)
    keymap = build_keymap({**settings.get("keys", {}), **preferences.keys}, available(read_only=read_only))
    memory = Memory(home.state / "console.json")
    remembered = memory.load()
    limits: dict[str, Any] = config.get_risk_config().get("limits", {})

    def export(path: str) -> Path:
        stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
        return state.flow.save_history(path or home.root / "exports" / f"orders-{stamp}.csv")

    app = QuarterdeckApp(
        Ports(
            source,
            board,
            commander,
            export,
            tuple(limits),
            home.root / "exports",
            memory.save if kept else None,
            _identity(settings).session,
        ),
        keymap=keymap,
        themes=ThemeBook(shipped("themes"), home.root / "themes"),
        theme=str(preferences.theme or (remembered or {}).get("theme") or settings.get("theme", "dark")),
        red_up=(preferences.price_up or settings.get("price_up")) == "red",
        frame_rate=float(settings.get("frame_rate", 20)),
        pane=pane,
        read_only=read_only,
        preferences=preferences,
        memory=remembered,
        symbols=symbols,
    )
    end_with_terminal(sys.__stdin__.fileno() if sys.__stdin__ is not None else -1)
    result = app.run(mouse=preferences.mouse)
    if app.return_code:
        ended = "the desk goes on" if kept else "no desk was touched"
        sys.stderr.write(f"The console ended by an error; {ended}.\n")
    return result if result is not None else app.return_code or 0


def end_with_terminal(descriptor: int) -> None:
    """Ends this process when the terminal behind the descriptor goes away; anything else is left alone.

    The kernel says so by SIGHUP, but only to those whose controlling terminal it is: a console that was
    started in a session of its own would draw for nobody, for ever.
    """
    if descriptor < 0 or not os.isatty(descriptor):
        return

    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        # `nohup` leaves that behind, and nobody is served by a screen without a terminal.
        signal.signal(signal.SIGHUP, signal.SIG_DFL)

    def wait() -> None:
        poller = select.poll()
        # Nothing but an end is waited for, and that needs no asking for.
        poller.register(descriptor, 0)
        poller.poll()
        os.kill(os.getpid(), signal.SIGHUP)

    threading.Thread(target=wait, name="terminal", daemon=True).start()


def _instruments(config: SystemConfig) -> list[Instrument]:
    return read_instruments(config.get_market_data_config())


def _stale_after_s(config: SystemConfig) -> float:
    return float(config.get_risk_config().get("limits", {}).get("stale_after_s", STALE_AFTER_S))


def _controls(config: SystemConfig) -> dict[str, str]:
    return {service: config.control_address(service) for service in CONTROL_OF_SERVICE}


def _identity(settings: dict[str, Any]) -> Identity:
    """The operator of the configuration, unless the environment names one."""
    identity = Identity.current()
    named = settings.get("operator")
    if named and identity.operator == identity.os_user:
        return replace(identity, operator=str(named))
    return identity


@contextmanager
def _feed(address: str, symbols: list[str] | None, history: str | None) -> Iterator[Feed]:
    """The native reader of market data, of every symbol without `symbols`, ended on every way out; `history`:
    whom to ask for older bars.
    """
    from trading_rust import MarketFeed

    feed: Feed = MarketFeed(address, symbols, history_address=history)
    try:
        yield feed
    finally:
        feed.stop()


@contextmanager
def _reading(thread: DeskStreams | Player | Morning) -> Iterator[None]:
    """A thread with its sockets, ended on every way out."""
    thread.start()
    try:
        yield
    finally:
        thread.stop()
