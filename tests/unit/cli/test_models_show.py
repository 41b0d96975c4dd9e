"""How `models show` tells what the registry holds of a model."""

from __future__ import annotations

import json
from pathlib import Path

from console.cli.models import described
from console.research.entry import ModelEntry


def test_figures_of_several_things_stand_below_each_other(repository: Path) -> None:
    golden = repository / "tests" / "golden" / "registry" / "valid-full.json"
    document = json.loads(golden.read_text())["models"][1]
    document["metrics"] = {"accuracy": 0.5, "walk_forward": [], "classes": [{"name": "buy", "f1": 0.25}, {}]}
    document["data"] = {"first_us": {"training": 1_703_545_212_750_000}, "class_shares": [0.5, 0.25, 0.25]}
    told = list(described(ModelEntry.from_json(document, "here")))
    assert "classes         hold, buy, sell" in told
    begin = told.index("metrics")
    assert told[begin : begin + 6] == [
        "metrics",
        f"    {'accuracy':<36}0.5",
        f"    {'walk_forward':<36}–",
        "    classes",
        "        name buy, f1 0.25",
        "        –",
    ]
    assert f"    {'first_us':<36}training 2023-12-25T23:00:12.750000Z" in told
    assert f"    {'class_shares':<36}0.5, 0.25, 0.25" in told
    assert not any("golden" in line or "feature_bins" in line for line in told)
