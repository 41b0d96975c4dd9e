"""Positions: quantity, cost, mark and profit; a figure that rests on an old mark says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from console.core.format import (
    MISSING,
    STALE,
    clock,
    number,
    over_time,
    quantity,
    signed,
    sparkline,
    two_rows,
    whole_age,
)
from console.core.frame import Frame
from console.core.records import PositionRow
from console.ui.ink import Line, Span, length, line
from console.ui.panes.base import DOWN, UP, Pane, profit_style
from console.ui.table import Column, TableRow


class PositionsPane(Pane):
    """Open positions first, then flat ones with a result; below them the curve of the day."""

    name: ClassVar[str] = "positions"
    number: ClassVar[int] = 4
    source: ClassVar[str] = "execution-engine"
    behind: ClassVar[str] = "paper-venue"
    stream: ClassVar[str] = "execution"
    nothing: ClassVar[str] = "no position yet"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("symbol", "symbol", least=6),
        Column("quantity", "quantity", ">", least=8),
        Column("cost", "cost", ".", 3, least=8),
        Column("price", "mark", ".", 2, least=8),
        Column("unrealized", "unreal.", ".", least=8),
        Column("realized", "realised", ".", 1, least=8),
        Column("exposure", "exposure", ">", 4, least=9),
        Column("share", "of limit", ">", 4, least=8),
        Column("age", "mark age", ">", 5, least=5),
        Column("fees", "fees", ".", 6, least=6),
    )

    sorts: ClassVar[Mapping[str, Callable[[Any], Any]]] = {
        "symbol": lambda row: row.symbol,
        "quantity": lambda row: row.quantity,
        "unrealized": lambda row: row.unrealized,
        "realized": lambda row: row.realized,
        "exposure": lambda row: abs(row.exposure),
    }

    def __init__(self) -> None:
        super().__init__()
        self._sorted: tuple[object, tuple[PositionRow, ...]] = ((), ())
        self._drawn_curve: tuple[object, int, list[Line]] = ((), 0, [])

    def records(self, frame: Frame) -> Sequence[PositionRow]:
        """Open ones first; the same object as long as the positions are."""
        if self._sorted[0] is not frame.desk.positions:
            ordered = tuple(sorted(frame.desk.positions, key=lambda p: (p.quantity == 0, p.symbol)))
            self._sorted = (frame.desk.positions, ordered)
        return self._sorted[1]

    def key(self, record: PositionRow) -> str:
        """The symbol."""
        return record.symbol

    def headline(self, frame: Frame) -> list[Span]:
        """The whole profit."""
        totals, old = frame.totals, frame.totals_stale
        profit = totals.realized + totals.unrealized
        return [
            (f"{totals.open_positions} open  all days ", "muted"),
            (f"{STALE} " * old, "warning"),
            (signed(profit), "faint" if old else profit_style(profit)),
        ]

    def rests_on(self, record: PositionRow, frame: Frame) -> object:
        """The age of its mark, and its share of the limit."""
        stale = frame.position_stale(record)
        old = (frame.now_us - record.marked_us) // 1_000_000
        return (stale, old, _share(record, frame), frame.decimals(record.symbol))

    def row(self, record: PositionRow, frame: Frame) -> TableRow:
        """A position's row."""
        stale = frame.position_stale(record)
        flat = record.quantity == 0
        decimals = frame.decimals(record.symbol)
        text = "faint" if stale else "muted" if flat else "text"
        mark = STALE if stale else ""
        arrow = UP if record.quantity > 0 else DOWN if record.quantity < 0 else " "
        old = (frame.now_us - record.marked_us) / 1e6 if record.marked_us else None
        when = MISSING if flat or old is None else "now" if old < 1 else whole_age(old)
        unrealized = MISSING if flat else mark + signed(record.unrealized)
        price = MISSING if record.price is None or flat else mark + number(record.price, decimals + 1)
        return TableRow(
            record.symbol,
            {
                "symbol": (record.symbol, text),
                "quantity": (f"{arrow} {quantity(record.quantity)}", text),
                "cost": (number(record.cost, decimals + 1) if not flat else MISSING, text),
                "price": (price, text),
                "unrealized": (unrealized, text if stale else profit_style(record.unrealized)),
                "realized": (signed(record.realized), profit_style(record.realized)),
                "exposure": (number(record.exposure, 0) if not flat else MISSING, text),
                "share": _share(record, frame),
                "age": (mark + when, "warning" if stale else "muted"),
                "fees": (number(record.fees), "muted"),
            },
            record.symbol,
        )

    def body(self, frame: Frame, width: int, height: int, *, focused: bool) -> list[Line]:
        """The table; below it the totals and, in one to three lines, the curve of the day's profit: as this
        console saw it, and before that as it was told.
        """
        curve = frame.desk.profit_curve
        if height < 5 or self.view.filter:
            return super().body(frame, width, height, focused=focused)
        rows = 3 if height >= 12 and len(curve) > 1 else 1
        # A message lies over these first.
        self.view.covered = max(0, self.view.covered - rows)
        lines = super().body(frame, width, height - rows, focused=focused)
        lines += [line()] * (height - rows - len(lines))
        totals = frame.totals
        profit, old = totals.realized + totals.unrealized, frame.totals_stale
        spans: list[Span] = [
            ("  all days ", "muted"),
            (f"{STALE} " * old, "warning"),
            (signed(profit), "faint" if old else profit_style(profit) + " bold"),
        ]
        if frame.desk.risk is not None:
            day, old = day_profit(frame), frame.day_stale
            spans += [
                ("  day ", "muted"),
                (f"{STALE} " * old, "warning"),
                (signed(day), "faint" if old else profit_style(day)),
            ]
        parts = f"  = {signed(totals.realized)} realised {signed(totals.unrealized)} open"
        if length(spans) + len(parts) < width:
            spans.append((parts, "muted"))
        since = f"  since {clock(curve[0][0])[:5]} " if curve else ""
        if rows == 1:
            room = width - length(spans) - len(since) - 1
            if room >= 8 and len(curve) > 1:
                style = profit_style(curve[-1][1])
                spans += [(since, "muted"), (sparkline(over_time(curve, room), room), style)]
            return [*lines, line(*spans)]
        if length(spans) + len(since) <= width:
            spans.append((since, "muted"))
        return [*lines, line(*spans), *self._curve(curve, max(8, width - 14))]

    def _curve(self, curve: Sequence[tuple[int, float]], room: int) -> list[Line]:
        """The day's profit in two rows, evenly in time, with its highest and lowest."""
        if self._drawn_curve[0] is not curve or self._drawn_curve[1] != room:
            values = [value for _, value in curve]
            upper, lower = two_rows(over_time(curve, room))
            style = profit_style(values[-1])
            lines = [
                line((signed(max(values)).rjust(12) + " ", "muted"), (upper, style)),
                line((signed(min(values)).rjust(12) + " ", "muted"), (lower, style)),
            ]
            self._drawn_curve = (curve, room, lines)
        return self._drawn_curve[2]

    def detail(self, record: PositionRow, frame: Frame) -> list[tuple[str, str]]:
        """With exact times and the newest fills."""
        decimals = frame.decimals(record.symbol)
        fills = [fill for fill in frame.desk.fills if fill.symbol == record.symbol][:20]
        return [
            ("symbol", record.symbol),
            ("quantity", quantity(record.quantity)),
            ("cost", number(record.cost, 9)),
            ("mark", f"{number(record.price, 9)} of {clock(record.marked_us, 6)}"),
            ("unrealised", signed(record.unrealized, 4)),
            ("realised", f"{signed(record.realized, 4)} after fees of {number(record.fees, 4)}"),
            ("exposure", f"{number(record.exposure)} (multiplier {quantity(record.multiplier)})"),
            ("changed", clock(record.updated_us, 6)),
            *(
                (
                    clock(fill.time_us),
                    f"{'bought' if fill.side > 0 else 'sold'} {quantity(fill.quantity)} at "
                    f"{number(fill.price, decimals)}",
                )
                for fill in fills
            ),
        ]


def day_profit(frame: Frame) -> float:
    """By the risk manager, who knows with what the day began; before it has said so, of all days."""
    risk, totals = frame.desk.risk, frame.totals
    return risk.realized + risk.unrealized if risk is not None else totals.realized + totals.unrealized


def _share(record: PositionRow, frame: Frame) -> Span:
    """Of the limit for one position, where the risk manager names one."""
    limits = frame.desk.risk.limits if frame.desk.risk is not None else ()
    limit = next((item for item in limits if item.name == "max_position_size" and item.limit > 0), None)
    if limit is None or record.quantity == 0:
        return (MISSING, "muted")
    use = abs(record.quantity) / limit.limit
    return (
        f"{use:.0%}" + ("!" if use >= 0.8 else ""),
        "danger" if use >= 1 else "warning" if use >= 0.8 else "muted",
    )
