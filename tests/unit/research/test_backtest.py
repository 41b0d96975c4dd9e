"""A model on a file: the figures, what was known to its training, and the page that tells of it."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from console.cli.backtest import backtest as command
from console.research import trainer
from console.research.backtest import together
from console.research.frameworks.common import Settings
from console.research.labels import Labelling
from console.research.registry import ModelRegistry
from console.research.report_charts import line_chart, thinned
from console.research.trainer import Plan
from tests.unit.research.markets import market


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory, binaries: Path) -> tuple[ModelRegistry, Path]:
    """A registry with a model that knows its market, and the market."""
    folder = tmp_path_factory.mktemp("held")
    data = folder / "market.csv"
    market(5_000, 5, trend=1.5).to_csv(data, index=False)
    registry = ModelRegistry(folder / "models")
    plan = Plan(str(data), "xgboost", "made", Labelling("barrier", horizon=20), Settings(rounds=10))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QUARTERDECK_BIN", str(binaries))
        trainer.register(plan, trainer.train(plan, lambda _: None), registry, "a test")
    return registry, data


def run(held: tuple[ModelRegistry, Path], model: str, *more: str) -> Result:
    registry, data = held
    arguments = [model, "--data", str(data), "--models", str(registry.directory), *more]
    return CliRunner().invoke(command, arguments)


def figures(done: Result) -> dict[str, dict[str, float]]:
    assert done.exit_code == 0, done.output
    return {one["name"]: one for one in json.loads(done.stdout)["figures"]}


def test_costs_lessen_a_profit_and_a_foretold_market_earns(held: tuple[ModelRegistry, Path]) -> None:
    made = figures(run(held, "made", "--threshold", "0.4", "--json"))
    paid, free = made["the model, after costs"], made["the model, before costs"]
    assert paid["trades"] == free["trades"] > 0
    assert 0 < paid["profit_bp"] < free["profit_bp"]
    assert made["never trading"]["profit_bp"] == 0


def test_what_the_model_was_trained_on_is_said_and_can_be_left_out(held: tuple[ModelRegistry, Path]) -> None:
    registry, _ = held
    whole, unseen = (run(held, "made", "--json", *more) for more in ((), ("--unseen",)))
    assert "part of this data may be what the model was trained on" in whole.stderr
    assert "Mind" not in unseen.stderr
    told = json.loads(unseen.stdout)
    assert told["first_us"] >= registry.get_model("made").data["first_us"]["test"]
    # On the same part, the scores are those that training reported.
    assert told["scores"]["accuracy"] == pytest.approx(registry.get_model("made").metrics["accuracy"])
    file = run(held, str(registry.directory / "made.onnx"), "--json")
    assert figures(file) == figures(whole)


def test_a_commission_is_paid_on_each_side_by_the_model_and_the_baselines(
    held: tuple[ModelRegistry, Path],
) -> None:
    options = ("--threshold", "0.4", "--json")
    without, with_one = (
        figures(run(held, "made", *options, *more)) for more in ((), ("--commission", "1e-4"))
    )
    before, after = "the model, before costs", "the model, after costs"
    assert with_one[before] == without[before]
    # A basis point on each side of each trade; an open one has paid the first alone.
    paid = without[after]["profit_bp"] - with_one[after]["profit_bp"]
    sides = 2 * without[after]["trades"]
    assert sides * 0.8 < paid < (sides + 1) * 1.2
    held_all = "always long, after costs"
    assert without[held_all]["profit_bp"] - with_one[held_all]["profit_bp"] == pytest.approx(1, rel=0.3)


def test_bars_without_a_spread_are_warned_of(held: tuple[ModelRegistry, Path], tmp_path: Path) -> None:
    registry, data = held
    rows = pd.read_csv(data)
    mid = (rows["bid"] + rows["ask"]) / 2
    bars = pd.DataFrame({"start_us": rows["timestamp_us"] // 250_000 * 250_000, "symbol": "ALFA"})
    bars = bars.assign(open=mid, high=mid, low=mid, close=mid, volume=rows["volume"])
    bars.to_csv(tmp_path / "bars.csv", index=False)
    done = run((registry, tmp_path / "bars.csv"), "made")
    assert done.exit_code == 0, done.output
    assert "Mind: these bars have no spread" in done.stderr
    bars.assign(spread=0.02).to_csv(tmp_path / "bars.csv", index=False)
    assert "no spread" not in run((registry, tmp_path / "bars.csv"), "made").stderr


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "data")]


def test_the_report_is_one_page_that_needs_nothing(held: tuple[ModelRegistry, Path], tmp_path: Path) -> None:
    path = tmp_path / "out.html"
    done = run(held, "made", "--threshold", "0.4", "--report", str(path))
    assert done.exit_code == 0, done.output
    text = path.read_text(encoding="utf-8")
    page = Page()
    page.feed(text)
    assert page.addresses == []
    assert not {"script", "link", "img", "iframe"} & set(page.tags)
    assert "url(" not in text
    assert "prefers-color-scheme:dark" in text
    charts = [ElementTree.fromstring(one) for one in re.findall(r"<svg.*?</svg>", text, re.DOTALL)]
    assert [chart.get("aria-label", "").split(",")[0].split(":")[0] for chart in charts][:3] == [
        "Profit after costs",
        "Drawdown",
        "ALFA",
    ]
    assert len(charts) == 4
    assert "nan" not in " ".join(re.findall(r' d="([^"]*)"', text))
    assert "always long, after costs" in text


def test_a_report_that_cannot_be_written_is_told(held: tuple[ModelRegistry, Path], tmp_path: Path) -> None:
    done = run(held, "made", "--report", str(tmp_path / "none" / "out.html"))
    assert done.exit_code == 1
    assert "can't be written" in done.output


@pytest.mark.parametrize(
    ("model", "told"),
    [("other", "there is no version 'other'"), ("none.onnx", "there is no such file")],
)
def test_a_model_that_is_not_there_is_refused(
    held: tuple[ModelRegistry, Path], model: str, told: str
) -> None:
    done = run(held, model)
    assert done.exit_code == 1
    assert told in done.output


def test_curves_by_hand() -> None:
    moments, sums = together(
        [np.array([1, 2, 4]), np.array([2, 3])], [np.array([1.0, 2.0, 5.0]), np.array([10.0, 20.0])]
    )
    np.testing.assert_array_equal(moments, [1, 2, 3, 4])
    np.testing.assert_array_equal(sums, [1, 12, 22, 25])
    curve = np.sin(np.arange(10_000) / 7)
    curve[4_321] = 9.0
    kept = thinned(curve)
    assert 4_321 in kept
    assert {0, 9_999} <= set(kept.tolist())
    assert len(kept) < 2_000


@pytest.mark.parametrize("profit", [0.0, 0.4, 7.3, 2_500.0])
def test_the_labels_of_an_axis_stand_where_they_say(profit: float) -> None:
    chart = ElementTree.fromstring(
        re.findall(r"<svg.*?</svg>", line_chart("x", np.array([0, 10]), np.array([0.0, profit]), "x"))[0]
    )
    labels = [one for one in chart.iter() if one.get("text-anchor") == "end" and ":" not in (one.text or "")]
    values = [float((one.text or "").replace(",", "")) for one in labels]
    places = [float(one.get("y", "nan")) for one in labels]
    assert len(values) == 4
    np.testing.assert_allclose(
        np.diff(values) / np.diff(places), (values[1] - values[0]) / (places[1] - places[0]), rtol=0.03
    )
