"""What each service says about itself, and how long it has been silent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from trading_rust import FEATURE_WARM_UP_BARS

from console.core.drift import DriftRow, drift_of
from console.proto import messages_pb2 as pb

# Silent for so many seconds, a service is shown as lost: after six pings, before the desk's own gate closes
# at 2 s.
LOST_AFTER_S = 1.5
RESTART_SHOWN_S = 10.0

# Every service of a desk, in the order in which data flows through them, and a short name for narrow screens.
SHORT_NAMES: dict[str, str] = {
    "market-data": "data",
    "signal-bridge": "signal",
    "risk-manager": "risk",
    "execution-engine": "engine",
    "paper-venue": "venue",
}


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """One service at one moment.

    `age_s` is the time since its last answer, None when it never gave one; `restarted_s` the time since
    another process was seen to answer in its place. `drift` is that of the live model, of the bridge alone.
    """

    name: str
    state: str
    age_s: float | None
    round_trip_ms: float | None
    detail: str
    epoch: int
    pid: int
    extra: str
    restarted_s: float | None = None
    drift: DriftRow | None = None

    @property
    def fresh(self) -> bool:
        """True for a while after it was seen to have started anew: the screen still tells of it."""
        return self.restarted_s is not None and self.restarted_s < RESTART_SHOWN_S

    @property
    def lost(self) -> bool:
        """True when it is silent."""
        return self.age_s is None or self.age_s > LOST_AFTER_S

    @property
    def short(self) -> str:
        """Its name in at most six letters."""
        return SHORT_NAMES.get(self.name, self.name[:6])


class ServiceBook:
    """The newest answer of each service. Times are monotonic seconds, or seconds of a recording: then
    `heard_at` says when a service was heard in it, however late or often its answer arrives here.
    """

    def __init__(
        self,
        names: tuple[str, ...] = tuple(SHORT_NAMES),
        *,
        heard_at: Callable[[str], float | None] | None = None,
    ) -> None:
        self.names = names
        self._heard_at = heard_at
        self._pongs: dict[str, tuple[pb.Pong, float, float | None]] = {}
        self._restarted: dict[str, float] = {}
        self._lost: set[str] = set()

    def heard(self, service: str, pong: pb.Pong, sent: float, now: float) -> None:
        """An answer came to a question of the time `sent`."""
        before = self._pongs.get(service)
        if before is not None and before[0].pid != pong.pid:
            self._restarted[service] = now
        # A recording knows no round trips.
        round_trip = (now - sent) * 1_000 if self._heard_at is None else None
        self._pongs[service] = (pong, now, round_trip)

    def pong(self, service: str) -> pb.Pong | None:
        """The newest answer, however old."""
        found = self._pongs.get(service)
        return found[0] if found else None

    def age(self, service: str, now: float) -> float | None:
        """Seconds of silence."""
        found = self._pongs.get(service)
        return max(0.0, now - self._when(service, found[1])) if found else None

    def _when(self, service: str, arrived: float) -> float:
        """When the service was heard, its newest answer having arrived then."""
        recorded = self._heard_at(service) if self._heard_at is not None else None
        return arrived if recorded is None else recorded

    def turns(self, now: float) -> list[tuple[str, bool]]:
        """Services that were lost (True) or came back (False) since the last call. One never heard is
        neither.
        """
        changed = []
        for service, (_, arrived, _) in self._pongs.items():
            lost = now - self._when(service, arrived) > LOST_AFTER_S
            if lost != (service in self._lost):
                changed.append((service, lost))
                (self._lost.add if lost else self._lost.discard)(service)
        return changed

    def rows(self, now: float) -> tuple[ServiceRow, ...]:
        """All services, those never heard too."""
        return tuple(self._row(name, now) for name in self.names)

    def _row(self, name: str, now: float) -> ServiceRow:
        found = self._pongs.get(name)
        if found is None:
            return ServiceRow(name, "SILENT", None, None, "has not answered this console yet", 0, 0, "")
        pong, arrived, round_trip = found
        age = max(0.0, now - self._when(name, arrived))
        state = pb.Pong.State.Name(pong.state) if pong.state in pb.Pong.State.values() else "UNKNOWN"
        if age > LOST_AFTER_S:
            state = "LOST"
        restarted = self._restarted.get(name)
        return ServiceRow(
            name,
            state,
            age,
            round_trip,
            pong.detail,
            pong.epoch,
            pong.pid,
            describe(pong),
            None if restarted is None else max(0.0, now - restarted),
            drift_of(pong),
        )


def describe(pong: pb.Pong) -> str:
    """What is particular to the service: its source, store or model, in a few words."""
    parts = []
    if pong.HasField("source"):
        source = pong.source
        name = pb.SourceStatus.State.Name(source.state).lower() if source.state in range(5) else "?"
        speed = "" if source.kind != "replay" else " ×max" if source.speed == 0 else f" ×{source.speed:g}"
        parts.append(f"{source.kind}{speed} {name}, {source.rows:,} rows")
        faults = sum(source.faults.values())
        if faults:
            parts.append(f"{faults:,} data faults")
        if source.reason:
            parts.append(source.reason)
    if pong.HasField("model"):
        model = pong.model
        # One that has no bar yet may never get any: the source has other symbols than the configuration.
        begun = [bars for bars in model.bars_until_warm.values() if bars < FEATURE_WARM_UP_BARS]
        warm = max(begun, default=0)
        label = "test model" if model.test_model else "model"
        parts.append(f"{label} {model.version}" if model.loaded else f"no model: {model.reason}")
        if model.loaded and warm:
            parts.append(f"warming up, {warm} bars to go")
    if pong.HasField("store"):
        store = pong.store
        known = store.state in pb.StoreStatus.State.values()
        name = pb.StoreStatus.State.Name(store.state).lower() if known else "?"
        lag = f", {store.lag_ms:,} ms behind" if store.lag_ms else ""
        backlog = f", {store.backlog:,} waiting" if store.backlog else ""
        detail = f": {store.detail}" if store.state == pb.StoreStatus.DIFFERS else ""
        parts.append(f"store {name}{lag}{backlog}{detail}")
    return " · ".join(parts)
