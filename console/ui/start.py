"""Opens the console on a desk: connects feed and streams, runs the app, and leaves the desk running."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from console.core.actions import available
from console.core.commander import DeskCommander
from console.core.commands import CommandBoard
from console.core.config import CONTROL_OF_SERVICE, SystemConfig
from console.core.feed import Feed, read_instruments
from console.core.frame import STALE_AFTER_S, DeskFrameSource
from console.core.identity import Identity
from console.core.keymap import build_keymap
from console.core.paths import Home, shipped
from console.core.preferences import Memory, load_preferences, place_of
from console.core.state import DeskState
from console.core.streams import DeskStreams, StreamAddresses
from console.core.theme import ThemeBook
from console.ui.app import QuarterdeckApp
from console.ui.ports import Ports


def open_console(home: Home, *, pane: str | None, read_only: bool) -> int:
    """Runs the console until it is left; returns the exit code.

    Raises `ConfigError` when there is no configuration to read, `KeymapError` when its keys can't be used,
    and `PreferencesError` for a `console.yaml` that is wrong.
    """
    config = SystemConfig.in_force(home)
    settings = config.section("console")
    symbols = tuple(config.get_symbols())
    preferences = load_preferences(place_of(), symbols)
    keymap = build_keymap({**settings.get("keys", {}), **preferences.keys}, available(read_only=read_only))
    memory = Memory(home.state / "console.json")
    remembered = memory.load()
    identity = _identity(settings)
    state, board = DeskState(), CommandBoard()
    limits: dict[str, Any] = config.get_risk_config().get("limits", {})
    with _feed(config) as feed, _streams(config, state):
        source = DeskFrameSource(
            state,
            feed,
            read_instruments(config.get_market_data_config()),
            board,
            stale_after_s=float(limits.get("stale_after_s", STALE_AFTER_S)),
        )

        def export(path: str) -> Path:
            stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
            return state.flow.save_history(path or home.root / "exports" / f"orders-{stamp}.csv")

        app = QuarterdeckApp(
            Ports(
                source,
                board,
                None if read_only else DeskCommander(home, identity),
                export,
                tuple(limits),
                home.root / "exports",
                memory.save,
                identity.session,
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
        result = app.run(mouse=preferences.mouse)
        if app.return_code:
            sys.stderr.write("The console ended by an error; the desk goes on.\n")
        return result if result is not None else app.return_code or 0


def _identity(settings: dict[str, Any]) -> Identity:
    """The operator of the configuration, unless the environment names one."""
    from dataclasses import replace

    identity = Identity.current()
    named = settings.get("operator")
    if named and identity.operator == identity.os_user:
        return replace(identity, operator=str(named))
    return identity


@contextmanager
def _feed(config: SystemConfig) -> Iterator[Feed]:
    """The native reader of market data, ended on every way out."""
    from trading_rust import MarketFeed

    feed: Feed = MarketFeed(
        config.address("market_data"),
        config.get_symbols(),
        history_address=config.control_address("market-data"),
    )
    try:
        yield feed
    finally:
        feed.stop()


@contextmanager
def _streams(config: SystemConfig, state: DeskState) -> Iterator[DeskStreams]:
    """The stream thread, ended on every way out."""
    streams = DeskStreams(
        StreamAddresses(
            config.address("signals"),
            config.address("risk"),
            config.address("execution_updates"),
            {service: config.control_address(service) for service in CONTROL_OF_SERVICE},
        ),
        state,
    )
    streams.start()
    try:
        yield streams
    finally:
        streams.stop()
