"""Numbers, times and bars as text: pure functions that every pane and every plain table shares.

A trader reads a column by its decimal points, so a column has one number of decimals, taken from the
instrument's tick, and thousands are marked. What is not known is shown as `MISSING`, never as a zero.
"""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

MISSING = "·"
STALE = "≈"
GAP = "┆"
ELLIPSIS = "…"
_BEFORE_UNIT = re.compile(r"(?<=\d) (?=(?:ms|s)\b)")
EIGHTHS = " ▏▎▍▌▋▊▉█"
LEVELS = "▁▂▃▄▅▆▇█"
# So many names are written out in a line.
NAMED = 4


def decimals_of(tick: float | str) -> int:
    """The number of decimals a price on this tick needs: 0.25 → 2, "0.01" → 2, 1 → 0; at most 9."""
    text = f"{float(tick):.9f}".rstrip("0")
    return len(text.partition(".")[2])


def number(value: float | None, decimals: int = 2) -> str:
    """A number with marked thousands; None and not-a-number as `MISSING`. Never "-0.00"."""
    if value is None or math.isnan(value):
        return MISSING
    text = f"{value:,.{decimals}f}"
    if text.startswith("-") and not any(character in "123456789" for character in text):
        return text[1:]
    return text


def signed(value: float | None, decimals: int = 2) -> str:
    """As `number`, with a plus before what is above zero: the sign stays readable without colour."""
    text = number(value, decimals)
    if value is not None and value > 0 and any(character in "123456789" for character in text):
        return "+" + text
    return text


def quantity(value: float | None) -> str:
    """A quantity with as many decimals as it has, at most nine: 1,200 or 0.25."""
    if value is None or math.isnan(value):
        return MISSING
    text = f"{value:,.9f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def compact(value: float | None) -> str:
    """A large number in five characters at most: 950, 12.3k, 4.56M; for places without room."""
    if value is None or math.isnan(value):
        return MISSING
    size = abs(value)
    for limit, divisor, unit in ((1e3, 1.0, ""), (1e6, 1e3, "k"), (1e9, 1e6, "M"), (1e12, 1e9, "G")):
        # What would be rounded up to a thousand belongs to the next unit.
        if size < limit * (0.9995 if unit else 0.99995):
            scaled = value / divisor
            if unit == "":
                return f"{scaled:.0f}" if scaled == int(scaled) else f"{scaled:.1f}"
            places = 2 if abs(scaled) < 9.995 else 1 if abs(scaled) < 99.95 else 0
            return f"{scaled:.{places}f}{unit}"
    return f"{value:.0e}"


def age(seconds: float | None) -> str:
    """An age in four characters at most: 0.4s, 12s, 3m, 2h, 5d."""
    if seconds is None or math.isnan(seconds):
        return MISSING
    seconds = max(0.0, seconds)
    if seconds < 9.95:
        return f"{seconds:.1f}s"
    if seconds < 100:
        return f"{seconds:.0f}s"
    if seconds < 5_400:
        return f"{seconds / 60:.0f}m"
    if seconds < 172_800:
        return f"{seconds / 3_600:.0f}h"
    return f"{min(seconds / 86_400, 999):.0f}d"


def whole_age(seconds: float) -> str:
    """An age in whole seconds at least: tenths would draw a row anew ten times a second and tell nobody
    anything.
    """
    return age(max(0.0, float(int(seconds)))).replace(".0s", "s")


def milliseconds(value: float | None) -> str:
    """A duration given in milliseconds: 0.4 ms, 12 ms, 1.2 s."""
    if value is None or math.isnan(value):
        return MISSING
    if value < 9.95:
        return f"{value:.1f} ms"
    if value < 999.5:
        return f"{value:.0f} ms"
    return f"{value / 1_000:.1f} s"


def clock(time_us: int, places: int = 0) -> str:
    """The time of day in UTC of microseconds since 1970: 14:03:05, with `places` (0, 3 or 6) decimals."""
    if time_us <= 0:
        return MISSING
    moment = datetime.fromtimestamp(time_us // 1_000_000, UTC)
    text = f"{moment.hour:02}:{moment.minute:02}:{moment.second:02}"
    return f"{text}.{time_us % 1_000_000:06}"[: 9 + places] if places else text


def fit(text: str, width: int) -> str:
    """The text in exactly `width` cells, padded on the right or cut with a mark."""
    if len(text) <= width:
        return text.ljust(width)
    return text[: max(0, width - 1)] + ELLIPSIS if width > 0 else ""


def fit_right(text: str, width: int) -> str:
    """As `fit`, flush right. A number that is cut says so by the mark at its left."""
    if len(text) <= width:
        return text.rjust(width)
    return ELLIPSIS + text[len(text) - width + 1 :] if width > 0 else ""


def listed(names: Sequence[str]) -> str:
    """The first four by name, the others by their number."""
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")


def places_of(text: str) -> int:
    """Characters from the decimal point on; none without one."""
    point = text.find(".")
    return len(text) - point if point >= 0 else 0


def placed(text: str, places: int) -> str:
    """A number padded on the right, so that its point stands `places` characters before the end: set flush
    right, the points of a column then meet. What is no number stays as it is.
    """
    missing = places - places_of(text)
    return text + " " * missing if missing > 0 and any(c.isdigit() for c in text) else text


def wrapped(text: str, width: int) -> list[str]:
    """The words in lines of at most `width` cells, at least one: a number keeps its unit beside it, and a
    name with hyphens stays whole.
    """
    kept = _BEFORE_UNIT.sub("\u00a0", text)
    lines = textwrap.wrap(kept, max(1, width), break_on_hyphens=False)
    return [line.replace("\u00a0", " ") for line in lines] or [""]


def bar(fraction: float, width: int) -> str:
    """A horizontal bar in eighths of a cell; a fraction outside 0…1 is cut to it."""
    if width <= 0:
        return ""
    fraction = 0.0 if math.isnan(fraction) else min(1.0, max(0.0, fraction))
    eighths = round(fraction * width * 8)
    if eighths == 0 and fraction > 0:
        eighths = 1
    full, rest = divmod(eighths, 8)
    return ("█" * full + (EIGHTHS[rest] if rest else "")).ljust(width)


def sparkline(values: Iterable[float], width: int) -> str:
    """The newest `width` values as eight levels between their least and greatest; shorter series stay
    short.
    """
    series = [value for value in list(values)[-width:] if not math.isnan(value)] if width > 0 else []
    if not series:
        return ""
    low, high = min(series), max(series)
    if high == low:
        return LEVELS[3] * len(series)
    return "".join(LEVELS[min(7, int((value - low) / (high - low) * 8))] for value in series)


def over_time(points: Sequence[tuple[int, float]], width: int) -> list[float]:
    """A series of (time, value) as `width` values evenly spaced in time, each what stood then; the newest is
    the last. A single point gives a single value.
    """
    if len(points) < 2 or width < 2 or points[-1][0] <= points[0][0]:
        return [value for _, value in points[-1:]]
    first, span = points[0][0], points[-1][0] - points[0][0]
    values, place = [], 0
    for column in range(width):
        at = first + span * column // (width - 1)
        while place + 1 < len(points) and points[place + 1][0] <= at:
            place += 1
        values.append(points[place][1])
    return values


def two_rows(values: Sequence[float]) -> tuple[str, str]:
    """A series as columns of sixteen levels, in an upper and a lower row."""
    if not values:
        return ("", "")
    low, high = min(values), max(values)
    span = high - low or 1.0
    heights = [1 + round((value - low) / span * 15) for value in values]
    upper = "".join(" " if height <= 8 else LEVELS[height - 9] for height in heights)
    return upper, "".join(LEVELS[min(height, 8) - 1] for height in heights)


def limit_title(name: str) -> str:
    """The name of a limit in words."""
    return name.replace("max_", "").replace("_", " ")
