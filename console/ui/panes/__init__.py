"""The panes: each turns a `Frame` into lines, and knows nothing of Textual."""

from __future__ import annotations

from console.ui.panes.base import Pane
from console.ui.panes.log import LogPane
from console.ui.panes.market import MarketPane
from console.ui.panes.orders import OrdersPane
from console.ui.panes.positions import PositionsPane
from console.ui.panes.risk import RiskPane
from console.ui.panes.signals import SignalsPane


def all_panes() -> dict[str, Pane]:
    """A new set of panes, by name, in the order of their numbers."""
    panes: list[Pane] = [
        MarketPane(),
        SignalsPane(),
        OrdersPane(),
        PositionsPane(),
        RiskPane(),
        LogPane(),
    ]
    return {pane.name: pane for pane in panes}
