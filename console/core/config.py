"""The desk's configuration, `system.json`, checked against its schema.

Secrets never stand in it: a database's address comes from the environment (`DATABASE_URL`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.core.paths import Home, HomeError, check_socket_path, shipped

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

CONFIG_NAME = "system.json"
SCHEMA_NAME = "system.schema.json"

# Where each address stands: name given out -> (section, key).
ADDRESSES = {
    "market_data": ("market_data", "zmq_publish_address"),
    "market_data_control": ("market_data", "control_address"),
    "signals": ("signal", "zmq_publish_address"),
    "signal_control": ("signal", "control_address"),
    "risk": ("risk", "zmq_publish_address"),
    "risk_control": ("risk", "control_address"),
    "execution_updates": ("execution", "zmq_publish_address"),
    "execution_control": ("execution", "control_address"),
    "orders": ("execution", "orders_address"),
    "venue": ("execution", "venue_address"),
    "venue_control": ("execution", "venue_control_address"),
}

# The control address each service answers on.
CONTROL_OF_SERVICE = {
    "market-data": "market_data_control",
    "signal-bridge": "signal_control",
    "risk-manager": "risk_control",
    "execution-engine": "execution_control",
    "paper-venue": "venue_control",
}
SERVICES = tuple(CONTROL_OF_SERVICE)
# The service that runs the models.
BRIDGE = "signal-bridge"


class ConfigError(Exception):
    """The configuration can't be used; the text names file, place and reason."""


class SystemConfig:
    """A validated `system.json`.

    `path` is the file (the shipped one by default), `home` the desk for which `{run}` in addresses
    is expanded. Raises `ConfigError` for a file that is missing, isn't JSON, has an unknown
    key or a value out of range.
    """

    def __init__(self, path: str | os.PathLike[str] | None = None, *, home: Home | None = None) -> None:
        self.path = Path(path) if path is not None else shipped("config") / CONFIG_NAME
        self.home = home if home is not None else Home.resolve()
        self.data = read_json(self.path)
        validate(self.data, self.path)
        self._check_restricted()
        self._check_addresses()

    @classmethod
    def in_force(cls, home: Home) -> SystemConfig:
        """The configuration the desk in `home` runs with, else the shipped one.

        `up` validated it before it wrote it, so commands that must be quick don't do it again.
        """
        if not home.system_config.exists():
            return cls(home=home)
        config = cls.__new__(cls)
        config.path = home.system_config
        config.home = home
        config.data = read_json(home.system_config)
        return config

    def section(self, name: str) -> dict[str, Any]:
        """The section `name` as it stands in the file; empty when it is left out."""
        section: dict[str, Any] = self.data.get(name, {})
        return section

    def get_market_data_config(self) -> dict[str, Any]:
        """Symbols, instruments and source."""
        return self.section("market_data")

    def get_risk_config(self) -> dict[str, Any]:
        """Limits, target size and the start of the trading day."""
        return self.section("risk")

    def get_symbols(self) -> list[str]:
        """The symbols the desk watches, in the order of the file."""
        return list(self.section("market_data").get("symbols", []))

    def get_zmq_addresses(self) -> dict[str, str]:
        """Every endpoint by its name, with `{run}` expanded to the home's folder."""
        return {name: self.address(name) for name in ADDRESSES if self._has(name)}

    def address(self, name: str) -> str:
        """The endpoint `name` (a key of `ADDRESSES`), expanded."""
        section, key = ADDRESSES[name]
        try:
            written = str(self.data[section][key])
        except KeyError as error:
            raise ConfigError(
                f"{self.path}: {section}.{key}: missing, and the desk can't run without it."
            ) from error
        return written.replace("{run}", str(self.home.run))

    def control_address(self, service: str) -> str:
        """The endpoint on which `service` answers pings and commands."""
        return self.address(CONTROL_OF_SERVICE[service])

    def _has(self, name: str) -> bool:
        section, key = ADDRESSES[name]
        return key in self.section(section)

    def _check_restricted(self) -> None:
        """A misspelt symbol would leave the one that was meant free to trade."""
        instruments = self.section("market_data").get("instruments", {})
        for index, symbol in enumerate(self.section("risk").get("restricted", [])):
            if symbol not in instruments:
                raise ConfigError(
                    f"{self.path}: risk.restricted[{index}]: {symbol} is no instrument: "
                    "name a symbol of market_data.instruments."
                )

    def _check_addresses(self) -> None:
        """Socket paths must fit the kernel; a tcp endpoint stays on this machine until it has keys."""
        for name, address in self.get_zmq_addresses().items():
            place = ".".join(ADDRESSES[name])
            if address.startswith("ipc://"):
                try:
                    check_socket_path(address.removeprefix("ipc://"))
                except HomeError as error:
                    raise ConfigError(f"{self.path}: {place}: {error}") from error
            elif address.startswith("tcp://"):
                if not address.removeprefix("tcp://").startswith(("127.", "localhost:", "[::1]:")):
                    raise ConfigError(
                        f"{self.path}: {place}: {address} is open to the network and has no keys: "
                        "use ipc:// or 127.0.0.1."
                    )
            else:
                raise ConfigError(f"{self.path}: {place}: {address} is neither ipc:// nor tcp://.")


def read_json(path: Path) -> dict[str, Any]:
    """The JSON object in `path`, or `ConfigError` with file, line and column."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(f"The configuration {path} doesn't exist: name one with --config.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"The configuration {path} can't be read: {error}") from error
    except json.JSONDecodeError as error:
        raise ConfigError(f"{path}:{error.lineno}:{error.colno}: not valid JSON: {error.msg}.") from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: not JSON that can be read: {error}.") from error
    if not isinstance(data, dict):
        raise ConfigError(f"{path}: the top level must be an object with the sections of the desk.")
    return data


def validate(data: dict[str, Any], path: Path) -> None:
    """Check `data` against the schema that lies beside the file, else against the shipped one."""
    # Imported here: it takes a tenth of a second, which commands on a running desk don't have to pay.
    from jsonschema import Draft202012Validator

    beside = path.parent / SCHEMA_NAME
    schema = read_json(beside if beside.exists() else shipped("config") / SCHEMA_NAME)
    errors = sorted(
        Draft202012Validator(schema).iter_errors(data), key=lambda error: list(map(str, error.path))
    )
    if errors:
        raise ConfigError(
            "\n".join(f"{path}: {sentence}" for error in errors for sentence in sentences(error))
        )


def sentences(error: ValidationError) -> Iterable[str]:
    """What is wrong, with its place in the file; one sentence per unknown key."""
    place = json_place(error.absolute_path)
    if error.validator == "additionalProperties" and isinstance(error.instance, dict):
        schema = error.schema if isinstance(error.schema, dict) else {}
        known = schema.get("properties", {})
        for key in error.instance:
            if key not in known:
                here = json_place([*error.absolute_path, key])
                yield f"{here}: unknown key; known here: {', '.join(known)}."
        return
    yield f"{place}: {error.message}."


def json_place(parts: Iterable[str | int]) -> str:
    """A place in a JSON file as one reads it: `risk.limits.max_order_quantity`, `market_data.symbols[2]`."""
    place = ""
    for part in parts:
        place += f"[{part}]" if isinstance(part, int) else f".{part}" if place else str(part)
    return place or "the top level"
