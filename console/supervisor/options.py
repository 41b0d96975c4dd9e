"""What `quarterdeck up` asked for, in the form the supervisor gets it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from console.core.config import SystemConfig


@dataclass(frozen=True, slots=True)
class UpOptions:
    """The source of market data and how it runs. Empty fields leave it to the configuration."""

    source: str
    file: str | None = None
    speed: str | None = None
    hold: bool = False
    seed: int | None = None
    rate: int | None = None
    skip_bad_rows: bool = False

    def to_json(self) -> str:
        """As one line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> UpOptions:
        """From `to_json`."""
        return cls(**json.loads(text))

    @classmethod
    def chosen(
        cls, config: SystemConfig, source: str | None, file: str | None, **rest: str | float | bool | None
    ) -> UpOptions:
        """Fill in the source: the one named, a replay when a file is, else the configuration's."""
        configured = str(config.get_market_data_config().get("source", {}).get("kind", "sim"))
        kind = source or ("replay" if file else configured)
        return cls(source=kind, file=str(Path(file).absolute()) if file else None, **rest)  # type: ignore[arg-type]

    def same_source(self, other: UpOptions) -> bool:
        """Both would show the same market; whether it was held back at first doesn't matter."""
        return replace(self, hold=False) == replace(other, hold=False)

    def describe(self) -> str:
        """For a sentence: "replay of esh4.csv.gz at speed 60"."""
        if self.source == "replay":
            return f"replay of {self.file} at speed {self.speed or '1'}"
        return "the simulator" if self.source == "sim" else self.source

    def market_data_arguments(self, *, hold: bool, resume: bool) -> list[str]:
        """The flags of the market-data service. `resume`: go on after the last recorded row."""
        arguments = ["--source", self.source]
        if self.file:
            arguments += ["--file", self.file]
        if self.speed:
            arguments += ["--speed", self.speed]
        if self.seed is not None:
            arguments += ["--seed", str(self.seed)]
        if self.rate is not None:
            arguments += ["--messages-per-second", str(self.rate)]
        if self.skip_bad_rows:
            arguments.append("--skip-bad-rows")
        if hold:
            arguments.append("--hold")
        if resume:
            arguments.append("--resume")
        return arguments
