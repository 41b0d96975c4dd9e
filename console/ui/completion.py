"""What tab and the list under a text field offer, made from what the screen knows at that moment."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from console.core.commandline import complete
from console.core.dialogue import Dialogue, Mode
from console.core.frame import Frame


def offer_completions(
    dialogue: Dialogue,
    latest: Callable[[], Frame],
    limit_names: Sequence[str],
    themes: Callable[[], Sequence[str]],
    *,
    read_only: bool,
) -> None:
    """The command line gets what could follow, `g` the symbols; every other field gets nothing."""

    def command(text: str) -> list[str]:
        frame = latest()
        return complete(
            text,
            [row.symbol for row in frame.watch],
            limit_names,
            breaks=[found.id for found in frame.desk.breaks],
            themes=themes(),
            read_only=read_only,
        )

    def symbol(text: str) -> list[str]:
        return [row.symbol for row in latest().watch if row.symbol.lower().startswith(text.lower())]

    for mode, editor in dialogue.editors.items():
        editor.complete = {Mode.COMMAND: command, Mode.GOTO: symbol}.get(mode)
