"""The way from an `Intent` to the services: the same Python clients that the command line uses."""

from __future__ import annotations

from collections.abc import Callable

from console.core.commands import Intent, Kind, Report
from console.core.controller import CommandAnswer, Outcome, StrategyController
from console.core.identity import Identity
from console.core.kill import Kill, KillReport, Stage
from console.core.paths import Home
from console.proto import messages_pb2 as pb

_ACTIONS = {"adopt": pb.Break.ADOPT, "flatten": pb.Break.FLATTEN, "ignore": pb.Break.IGNORE}
DEFAULT_KILL_REASON = "kill key of the console"


class DeskCommander:
    """Carries out intents for one desk.

    Each has connections of its own, so that no command waits for another.
    """

    def __init__(self, home: Home, identity: Identity | None = None) -> None:
        self._home = home
        self._identity = identity if identity is not None else Identity.current()

    def execute(self, intent: Intent, tell: Callable[[str], None]) -> Report:
        """Sends one command and waits for the answers. Raises `ValueError` for what can't be asked at all."""
        if intent.kind is Kind.KILL:
            return self._kill(intent, tell)
        with StrategyController(home=self._home, identity=self._identity) as controller:
            answer = _give(controller, intent)
        return Report(answer.command_id, answer.outcome, answer.acknowledgements)

    def _kill(self, intent: Intent, tell: Callable[[str], None]) -> Report:
        """The same kill as the shell's: where a service doesn't latch it is latched from here."""

        def on_stage(stage: Stage) -> None:
            tell(f"{stage.name} by {stage.by}")

        report = Kill(self._home, intent.reason or DEFAULT_KILL_REASON, intent.symbol, on_stage).run()
        outcome = Outcome.DONE if report.verified else Outcome.UNKNOWN
        if report.refused:
            outcome = Outcome.REFUSED
        return Report(report.command_id, outcome, report.acknowledgements, _kill_conclusion(report))


def _give(controller: StrategyController, intent: Intent) -> CommandAnswer:
    symbol = intent.symbol or None
    match intent.kind:
        case Kind.PAUSE:
            return controller.pause_trading(symbol, reason=intent.reason)
        case Kind.RESUME:
            return controller.resume_trading(symbol, reason=intent.reason)
        case Kind.REARM:
            return controller.rearm(intent.reason, symbol)
        case Kind.CANCEL:
            return controller.cancel(order_id=intent.order, symbol=symbol, reason=intent.reason)
        case Kind.FLATTEN:
            return controller.flatten(intent.symbol, reason=intent.reason)
        case Kind.LIMITS:
            return controller.update_risk_limits(**intent.limits)
        case Kind.BREAK:
            return controller.resolve_break(intent.break_id, _ACTIONS[intent.action], reason=intent.reason)
        case Kind.KILL:
            return controller.activate_kill_switch(intent.reason or DEFAULT_KILL_REASON, symbol)


def _kill_conclusion(report: KillReport) -> str:
    if report.refused:
        return f"REFUSED: {report.refused}"
    if report.verified:
        return "VERIFIED: the venue was asked again and holds no open order"
    if report.unresolved:
        left = "; ".join(f"{order['client_order_id']} {order['reason']}" for order in report.unresolved)
        return f"NOT VERIFIED, orders are left: {left}"
    return f"NOT VERIFIED: {report.unknown or 'nobody could tell what is open at the venue'}"
