"""A backtest as one HTML page that needs nothing beside itself: no script, no font, no address."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

import numpy as np
import trading_rust

from console.research.backtest import Backtest, SymbolResult
from console.research.report_charts import calibration_chart, line_chart, moment, price_chart

# Trades drawn on one price; more would hide it.
TRADES_DRAWN = 500
SYMBOLS_DRAWN = 8

# The page may load nothing at all.
POLICY = "default-src 'none'; style-src 'unsafe-inline'"

STYLE = """
:root{color-scheme:light dark;--ground:#fff;--ink:#1b1f24;--faint:#667;--grid:#e3e6ea;--blue:#1f5fbf;
--red:#b3261e;--green:#1b7f3b}
@media(prefers-color-scheme:dark){:root{--ground:#14171a;--ink:#e4e7ea;--faint:#98a1aa;--grid:#2b3036;
--blue:#6ea8fe;--red:#ff8a80;--green:#6fcf8b}}
body{background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,sans-serif;max-width:1000px;
margin:2rem auto;padding:0 1rem}
h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{padding:.2rem .8rem .2rem 0;border-bottom:1px solid var(--grid);text-align:right}
th:first-child,td:first-child{text-align:left}th{color:var(--faint);font-weight:500}
figure{margin:1.2rem 0}figcaption{color:var(--faint)}svg{width:100%;height:auto}
svg text{fill:var(--faint);font:11px system-ui,sans-serif}
.grid{stroke:var(--grid)}.zero{stroke:var(--faint);stroke-dasharray:3 3;fill:none}
.line{fill:none;stroke-width:1.4}.area{stroke:none;opacity:.12}
.equity{stroke:var(--blue);fill:var(--blue)}.below{stroke:var(--red);fill:var(--red)}
.equity.line,.below.line{fill:none}.equity.area,.below.area{stroke:none}.price{stroke:var(--ink);opacity:.7}
.trade{fill:none;stroke-width:1.4}.won{stroke:var(--green)}.lost{stroke:var(--red)}
.entry.won{fill:var(--green)}.entry.lost{fill:var(--red)}.said{fill:var(--blue);opacity:.75}
.mind{border-left:3px solid var(--red);padding-left:.8rem}
"""


def write_report(result: Backtest, path: Path) -> None:
    """Write the page. Raises `OSError`."""
    path.write_text(report(result), encoding="utf-8")


def report(result: Backtest) -> str:
    """The page."""
    name = escape(result.model.name)
    span = f"{moment(int(result.closed_us[0]))} to {moment(int(result.closed_us[-1]))} UTC"
    bars = sum(len(one.bars) for one in result.symbols)
    exits = "".join(
        f", {told} {value:.3%}"
        for told, value in (("stop loss", result.exits.stop_loss), ("take profit", result.exits.take_profit))
        if value is not None
    )
    minds = "".join(f'<p class="mind">Mind: {escape(warning)}.</p>' for warning in result.warnings)
    below = -trading_rust.drawdown(result.profit_bp)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width"><title>'
        f"{name} on {escape(Path(result.source.name).name)}</title><style>{STYLE}</style></head><body>"
        f"<h1>{name} on {escape(Path(result.source.name).name)}</h1>"
        f"<p>{span}; {bars:,} bars of {result.model.interval_us / 1000:g} ms, "
        f"{len(result.symbols)} symbol{'s' if len(result.symbols) > 1 else ''}; threshold "
        f"{result.threshold:g}{exits}. One unit of each symbol, filled at the next bar's bid and ask; "
        "profits in basis points of each symbol's first price, summed over symbols. The data's SHA-256 is "
        f"<code>{result.source.sha256}</code>.</p>{minds}"
        f"<h2>Beside the baselines</h2>{_figures(result)}{_scores(result)}"
        "<h2>Equity</h2>"
        + line_chart("Profit after costs, basis points", result.closed_us, result.profit_bp, "equity")
        + line_chart("Drawdown, basis points", result.closed_us, below, "below")
        + "<h2>Trades on the price</h2>"
        + "".join(_prices(one) for one in result.symbols[:SYMBOLS_DRAWN])
        + _left_out(result)
        + "<h2>Calibration</h2>"
        + calibration_chart(
            "How often the likeliest class came (upwards), by the probability it was given (to the right)",
            [(one.confidence, one.accuracy, one.samples) for one in result.scores.calibration],
        )
        + "</body></html>\n"
    )


def _figures(result: Backtest) -> str:
    return _table(
        ("", "profit bp", "largest drawdown bp", "closed trades", "won"),
        [
            (
                one.name,
                f"{one.profit_bp:+,.1f}",
                f"{one.max_drawdown_bp:,.1f}",
                f"{one.trades:,}",
                "–" if one.win_rate is None else f"{one.win_rate:.1%}",
            )
            for one in result.figures
        ],
    )


def _scores(result: Backtest) -> str:
    scores = result.scores
    head = _table(
        (
            f"{scores.samples:,} samples",
            "model",
            "majority class or class shares of these samples",
            "always hold",
        ),
        [
            (
                "accuracy",
                f"{scores.accuracy:.4f}",
                f"{scores.majority_accuracy:.4f}",
                f"{scores.hold_accuracy:.4f}",
            ),
            ("log loss", f"{scores.log_loss:.4f}", f"{scores.prior_log_loss:.4f}", "–"),
            ("calibration error", f"{scores.calibration_error:.4f}", "–", "–"),
        ],
    )
    classes = _table(
        ("class", "share", "said", "precision", "recall", "F1"),
        [
            (one.name, *(f"{v:.3f}" for v in (one.share, one.said, one.precision, one.recall, one.f1)))
            for one in scores.classes
        ],
    )
    return f"<h2>What it foretells</h2>{head}<p></p>{classes}"


def _prices(one: SymbolResult) -> str:
    trades = one.paid.trades
    told = f"{one.bars.symbol}: {len(trades):,} trades with open ones; ▲ bought, ▼ sold, green won, red lost"
    if len(trades) > TRADES_DRAWN:
        trades = trades[np.sort(np.argsort(-np.abs(trades["pnl"]))[:TRADES_DRAWN])]
        told += f"; the {TRADES_DRAWN} that moved the most money are drawn"
    last = len(one.bars) - 1
    return price_chart(
        told,
        one.bars.closed_us,
        one.bars.close,
        [
            # A trade that is still open ends at the last bar.
            (int(t["entry_index"]), min(int(t["exit_index"]), last), int(t["side"]), float(t["pnl"]))
            for t in trades
        ],
    )


def _left_out(result: Backtest) -> str:
    names = [one.bars.symbol for one in result.symbols[SYMBOLS_DRAWN:]]
    return f"<p>Not drawn: {escape(', '.join(names))}.</p>" if names else ""


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(title)}</th>" for title in titles)
    body = "".join("<tr>" + "".join(f"<td>{escape(value)}</td>" for value in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
