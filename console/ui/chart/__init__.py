"""The chart: candles, curves and what the desk did, as lines of text. Pure; the formulas are in Rust."""

from __future__ import annotations

from console.ui.chart.chart import Chart, Picture
from console.ui.chart.scale import Scale, choose_scale
from console.ui.chart.view import ChartView

__all__ = ["Chart", "ChartView", "Picture", "Scale", "choose_scale"]
