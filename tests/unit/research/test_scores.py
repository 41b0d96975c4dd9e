"""Scores against sums done by hand, beside baselines that know nothing."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.research.scores import score

LABELS = np.array([0, 0, 1, 2])
PRIOR = np.array([0.5, 0.3, 0.2])


def test_by_hand() -> None:
    probabilities = np.array([[0.7, 0.2, 0.1], [0.2, 0.7, 0.1], [0.1, 0.8, 0.1], [0.4, 0.3, 0.3]])
    scores = score(probabilities, LABELS, PRIOR)
    assert scores.accuracy == 0.5
    assert scores.majority_accuracy == scores.hold_accuracy == 0.5
    assert scores.log_loss == pytest.approx(-np.log([0.7, 0.2, 0.8, 0.3]).mean())
    assert scores.prior_log_loss == pytest.approx(-np.log([0.5, 0.5, 0.3, 0.2]).mean())
    hold, buy, sell = scores.classes
    assert (hold.precision, hold.recall) == (0.5, 0.5)
    assert (buy.precision, buy.recall, buy.f1) == (0.5, 1.0, pytest.approx(2 / 3))
    assert (sell.said, sell.recall, sell.f1) == (0.0, 0.0, 0.0)
    # 0.7 twice, once right; 0.8 right; 0.4 wrong.
    assert scores.calibration_error == pytest.approx((2 * 0.2 + 0.2 + 0.4) / 4)
    assert not scores.beats_baselines
    json.dumps(scores.to_json())


def test_the_prior_beats_nothing_and_the_truth_beats_it() -> None:
    assert not score(np.tile(PRIOR, (4, 1)), LABELS, PRIOR).beats_baselines
    truth = np.eye(3)[LABELS]
    best = score(truth, LABELS, PRIOR)
    assert best.beats_baselines
    assert best.accuracy == 1
    assert best.log_loss == best.calibration_error == 0


@given(st.integers(0, 2**32 - 1))
def test_bins_hold_every_sample_once(seed: int) -> None:
    random = np.random.default_rng(seed)
    probabilities = random.dirichlet(np.ones(3), size=50)
    scores = score(probabilities, random.integers(0, 3, size=50), PRIOR)
    assert sum(held.samples for held in scores.calibration) == 50
    for held in scores.calibration:
        assert held.low < held.confidence <= held.high
    assert 0 <= scores.calibration_error <= 1
