"""The socket files of the services: one that is deleted leaves its service alive and out of reach."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from console.core.config import ADDRESSES, SystemConfig

# Which service binds which endpoint (keys of `ADDRESSES`).
OWNER_OF_ADDRESS = {
    "market_data": "market-data",
    "market_data_control": "market-data",
    "signals": "signal-bridge",
    "signal_control": "signal-bridge",
    "risk": "risk-manager",
    "risk_control": "risk-manager",
    "execution_updates": "execution-engine",
    "execution_control": "execution-engine",
    "orders": "execution-engine",
    "venue": "paper-venue",
    "venue_control": "paper-venue",
}
IPC = "ipc://"


def socket_files(config: SystemConfig) -> Mapping[str, tuple[Path, ...]]:
    """The files that each service's endpoints have in the file system; none for tcp."""
    files: dict[str, list[Path]] = {service: [] for service in OWNER_OF_ADDRESS.values()}
    for name in ADDRESSES:
        address = config.address(name)
        if address.startswith(IPC):
            files[OWNER_OF_ADDRESS[name]].append(Path(address.removeprefix(IPC)))
    return {service: tuple(found) for service, found in files.items()}


def missing_socket(files: tuple[Path, ...]) -> Path | None:
    """The first of these files that isn't there."""
    return next((file for file in files if not file.exists()), None)
