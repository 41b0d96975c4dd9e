"""The way from an `Intent` to the services: the same Python clients that the command line uses."""

from __future__ import annotations

from console.core.commands import Intent, Kind
from console.core.controller import CommandAnswer, StrategyController
from console.core.identity import Identity
from console.core.paths import Home

DEFAULT_KILL_REASON = "kill key of the console"


class DeskCommander:
    """Carries out intents for one desk. Each has connections of its own, so that no command waits for
    another.
    """

    def __init__(self, home: Home, identity: Identity | None = None) -> None:
        self._home = home
        self._identity = identity if identity is not None else Identity.current()

    def execute(self, intent: Intent) -> CommandAnswer:
        """Sends one command and waits for the answers. Raises `ValueError` for what can't be asked at all."""
        symbol = intent.symbol or None
        with StrategyController(home=self._home, identity=self._identity) as controller:
            match intent.kind:
                case Kind.PAUSE:
                    return controller.pause_trading(symbol, reason=intent.reason)
                case Kind.RESUME:
                    return controller.resume_trading(symbol, reason=intent.reason)
                case Kind.KILL:
                    return controller.activate_kill_switch(intent.reason or DEFAULT_KILL_REASON, symbol)
                case Kind.REARM:
                    return controller.rearm(intent.reason, symbol)
                case Kind.CANCEL:
                    return controller.cancel(order_id=intent.order, symbol=symbol, reason=intent.reason)
                case Kind.FLATTEN:
                    return controller.flatten(intent.symbol, reason=intent.reason)
                case Kind.LIMITS:
                    return controller.update_risk_limits(**intent.limits)
