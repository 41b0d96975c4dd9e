"""Is the best of many trials better than the best that luck alone would have found?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import trading_rust
from numpy.typing import NDArray

EULER_MASCHERONI = 0.5772156649015329
# Below this probability the best counts as no better than luck.
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Moments:
    """Of the returns of one trial, per bar: their number, Sharpe ratio (mean over deviation), skewness and
    kurtosis (3 for a normal distribution)."""

    observations: int
    sharpe: float
    skewness: float
    kurtosis: float


def moments_of(returns: NDArray[np.float64]) -> Moments:
    """The moments of `returns`; a Sharpe ratio of 0 where nothing moved."""
    moments = trading_rust.return_moments(returns)
    return Moments(len(returns), *(moments if math.isfinite(moments[0]) else (0.0, 0.0, 3.0)))


def expected_maximum(trials: int, variance: float) -> float:
    """The Sharpe ratio that the best of `trials` worthless strategies is expected to show.

    `√V · ((1 − γ) · Φ⁻¹(1 − 1/N) + γ · Φ⁻¹(1 − 1/(N·e)))`: V the variance of the trials' Sharpe ratios, N
    their number, γ the Euler–Mascheroni constant (D. Bailey and M. López de Prado, The Deflated Sharpe Ratio,
    Journal of Portfolio Management 40 (5), 2014, equation 1). 0 for a single trial.
    """
    if trials < 2:
        return 0.0
    quantile = NormalDist().inv_cdf
    return math.sqrt(variance) * (
        (1 - EULER_MASCHERONI) * quantile(1 - 1 / trials)
        + EULER_MASCHERONI * quantile(1 - 1 / (trials * math.e))
    )


def deflated_sharpe(best: Moments, trials: int, variance: float) -> float:
    """The probability that the true Sharpe ratio of the best of `trials` is above what luck alone would show.

    `Φ((SR − SR₀) · √(T − 1) / √(1 − γ₃·SR + (γ₄ − 1)/4 · SR²))`: SR the Sharpe ratio per observation, SR₀
    `expected_maximum`, T the observations, γ₃ skewness and γ₄ kurtosis (the same paper, equation 2). It takes
    the observations for independent, and so is too kind to returns that are not.
    """
    luck = expected_maximum(trials, variance)
    spread = 1 - best.skewness * best.sharpe + (best.kurtosis - 1) / 4 * best.sharpe**2
    if spread <= 0 or best.observations < 2:
        return 0.0
    return NormalDist().cdf((best.sharpe - luck) * math.sqrt(best.observations - 1) / math.sqrt(spread))
