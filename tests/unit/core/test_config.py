from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from console.core.config import ConfigError, SystemConfig
from console.core.paths import Home


@pytest.fixture
def written(repository: Path, tmp_path: Path) -> Any:
    """Writes the shipped configuration with a change, and gives its path."""

    def write(change: Any) -> Path:
        data = json.loads((repository / "config" / "system.json").read_text())
        change(data)
        path = tmp_path / "system.json"
        path.write_text(json.dumps(data))
        return path

    return write


def test_the_shipped_configuration_is_valid() -> None:
    config = SystemConfig(home=Home(Path("/desk")))
    assert config.get_symbols()[0] == config.get_market_data_config()["symbols"][0]
    assert config.get_risk_config()["limits"]["max_position_size"] > 0
    addresses = config.get_zmq_addresses()
    assert addresses["market_data"] == "ipc:///desk/run/market-data.ipc"
    assert addresses["venue"] == "ipc:///desk/run/venue.ipc"
    assert config.control_address("risk-manager") == addresses["risk_control"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda d: d.update(colour="red"), r"system\.json: colour: unknown key"),
        (lambda d: d["risk"]["limits"].update(max_loss=1), r"risk\.limits\.max_loss: unknown key"),
        (lambda d: d["market_data"]["symbols"].append(7), r"market_data\.symbols\[8\]: "),
        (lambda d: d["risk"]["limits"].update(price_collar="2 %"), r"risk\.limits\.price_collar: "),
        (lambda d: d["risk"].update(restricted=["ALPA"]), r"risk\.restricted\[0\]: ALPA is no instrument"),
        (lambda d: d["risk"]["limits"].update(max_loss_streak=0), r"risk\.limits\.max_loss_streak: "),
        (lambda d: d["risk"].pop("limits"), r"risk: .*limits"),
        (lambda d: d["risk"].update(control_address="tcp://0.0.0.0:5555"), r"risk\.control_address: "),
        (lambda d: d["risk"].update(control_address="ipc:///" + "x" * 120), r"risk\.control_address: "),
    ],
)
def test_a_fault_is_named_with_its_place(written: Any, change: Any, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        SystemConfig(written(change))


def test_what_is_no_json_is_named_with_line_and_column(tmp_path: Path) -> None:
    path = tmp_path / "system.json"
    path.write_text('{\n "risk": nothing\n}')
    with pytest.raises(ConfigError, match=r"system\.json:2:10: not valid JSON"):
        SystemConfig(path)


def test_a_missing_file_names_the_option(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--config"):
        SystemConfig(tmp_path / "nowhere.json")


def test_the_configuration_in_force_is_the_homes_own(written: Any, desk_home: Path) -> None:
    home = Home.resolve(desk_home)
    home.prepare()
    path = written(lambda data: data["market_data"].update(symbols=["ALFA"]))
    home.system_config.write_text(path.read_text())
    assert SystemConfig.in_force(home).get_symbols() == ["ALFA"]


@pytest.mark.parametrize(
    "content", [b"\xff\xfe", b"[" * 100_000, b"", b"null", b'{"metadata": ' + b"9" * 5_000 + b"}"]
)
def test_what_is_no_json_is_refused_with_its_path(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "system.json"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=str(path)):
        SystemConfig(path)
