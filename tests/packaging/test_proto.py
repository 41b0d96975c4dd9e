"""The Python protobuf module in the tree is the one the contract generates today."""

from __future__ import annotations

import importlib
from pathlib import Path

import grpc_tools
import pytest
from grpc_tools import protoc


@pytest.mark.parametrize("name", ["messages_pb2.py", "messages_pb2.pyi"])
def test_the_generated_module_is_current(repository: Path, tmp_path: Path, name: str) -> None:
    well_known = Path(grpc_tools.__file__).parent / "_proto"
    arguments = [
        "protoc",
        f"-I{repository / 'proto'}",
        f"-I{well_known}",
        f"--python_out={tmp_path}",
        f"--pyi_out={tmp_path}",
        "messages.proto",
    ]
    assert protoc.main(arguments) == 0
    generated = (tmp_path / name).read_text(encoding="utf-8")
    in_the_tree = (repository / "console" / "proto" / name).read_text(encoding="utf-8")
    assert in_the_tree == generated, f"console/proto/{name} is out of date: run `make proto`"


def test_the_module_carries_the_contract() -> None:
    module = importlib.import_module("console.proto.messages_pb2")
    assert module.DESCRIPTOR.package == "trading"
    fields = {field.name: field.number for field in module.MarketData.DESCRIPTOR.fields}
    assert fields["symbol"] == 1
    for message in (module.MarketData, module.TradingSignal, module.Order, module.Position):
        numbers = {field.name: field.number for field in message.DESCRIPTOR.fields}
        assert (numbers["epoch"], numbers["sequence"], numbers["published_us"]) == (13, 14, 15), message


def test_every_enum_starts_unspecified() -> None:
    module = importlib.import_module("console.proto.messages_pb2")
    enums = list(module.DESCRIPTOR.enum_types_by_name.values())
    for message in module.DESCRIPTOR.message_types_by_name.values():
        enums += message.enum_types
    assert enums
    for enum in enums:
        assert enum.values_by_number[0].name.endswith("UNSPECIFIED"), enum.full_name
