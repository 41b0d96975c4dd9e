"""The golden messages, as Python reads and writes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.message import Message

from console.proto import messages_pb2 as pb
from tests.golden.generate import FOLDER, goldens

NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))


def read(name: str) -> tuple[dict[str, Any], bytes]:
    text = (FOLDER / f"{name}.json").read_text(encoding="utf-8")
    return json.loads(text), Path(FOLDER / f"{name}.bin").read_bytes()


def message_of(kind: str) -> Message:
    empty = getattr(pb, kind)()
    assert isinstance(empty, Message)
    return empty


def test_the_files_are_those_of_the_generator() -> None:
    assert set(NAMES) == goldens().keys()
    assert {path.stem for path in FOLDER.glob("*.bin")} == set(NAMES)
    for name, golden in goldens().items():
        described, data = read(name)
        assert data == golden.data(), name
        assert described == json.loads(golden.text()), name


@pytest.mark.parametrize("name", NAMES)
def test_the_bytes_say_what_the_text_says(name: str) -> None:
    described, data = read(name)
    message = message_of(described["message"])
    message.ParseFromString(data)
    assert MessageToDict(message, preserving_proto_field_name=True) == described["fields"]
    assert message.SerializeToString(deterministic=True) == data


@pytest.mark.parametrize("name", NAMES)
def test_the_text_makes_the_same_bytes(name: str) -> None:
    described, data = read(name)
    message = ParseDict(described["fields"], message_of(described["message"]))
    assert message.SerializeToString(deterministic=True) == data


def test_absent_is_not_nought() -> None:
    quote = pb.MarketData.FromString(read("market_data_ask_only")[1])
    assert quote.HasField("ask")
    assert not quote.HasField("bid")
    assert not quote.HasField("price")


def test_the_largest_numbers_survive() -> None:
    fill = pb.Fill.FromString(read("fill_rebate")[1])
    assert (fill.venue_sequence, fill.sequence, fill.published_us) == (2**64 - 1, 2**64 - 1, 2**63 - 1)
    assert (fill.quantity, fill.price, fill.fee) == (0.123456789, 1.000000001, -0.250000001)
