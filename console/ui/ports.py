"""What the app is connected to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from console.core.commands import CommandBoard, Commander
from console.core.frame import FrameSource


@dataclass(frozen=True)
class Ports:
    """Without a commander nothing can be sent, whatever the keymap says. `export` writes the order history,
    `remember` keeps the layout; `session` is this console's own, beside which other seats give commands.
    """

    source: FrameSource
    board: CommandBoard
    commander: Commander | None
    export: Callable[[str], Path]
    limit_names: tuple[str, ...] = ()
    exports: Path = field(default_factory=Path.cwd)
    remember: Callable[[dict[str, Any]], None] | None = None
    session: str = ""
