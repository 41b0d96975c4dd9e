//! What the help of the batch function and of the streaming class of an indicator say alike.

/// Formula, source and warm-up of an indicator by its name, or what every batch function says of its errors.
macro_rules! help {
    (sma) => {
        "Formula: `(x₁ + … + x_period) / period`, in units of the price.\n\
         Source: textbook; TA-Lib's SMA. A window of equal values gives exactly that value.\n\
         Warm-up: NaN for the first `period − 1` values; a value that is not finite gives NaN and starts a new one."
    };
    (ema) => {
        "Formula: `e ← e + k (x − e)` with `k = 2 / (period + 1)`, seeded with the mean of the first `period` values.\n\
         Source: textbook; TA-Lib's EMA with its default compatibility.\n\
         Warm-up: NaN for the first `period − 1` values; a value that is not finite gives NaN and starts a new one."
    };
    (wma) => {
        "Formula: `(1 x₁ + 2 x₂ + … + period x_period) / (period (period + 1) / 2)`, `x₁` the oldest.\n\
         Source: textbook; TA-Lib's WMA.\n\
         Warm-up: NaN for the first `period − 1` values; a value that is not finite gives NaN and starts a new one."
    };
    (macd) => {
        "Formula: macd `EMA(fast_period) − EMA(slow_period)`; signal `EMA(signal_period)` of it. Both averages start at the\n\
         same value, and each is seeded with a simple mean. The histogram is `macd − signal`.\n\
         Source: Appel (1979); TA-Lib's MACD, which loses digits near zero at high prices where this one doesn't.\n\
         Warm-up: both are NaN for the first `slow_period + signal_period − 2` values; a value that is not finite gives NaN\n\
         and starts a new one."
    };
    (rolling_std) => {
        "Formula: `√(Σ (x − mean)² / period)`, from differences to a value of the window, so price level eats no digits.\n\
         Source: textbook; TA-Lib's STDDEV, which loses digits at high prices where this one doesn't.\n\
         Warm-up: NaN for the first `period − 1` values; a value that is not finite gives NaN and starts a new one."
    };
    (zscore) => {
        "Formula: `(x − mean) / sd` with the population deviation; 0 in a window without width.\n\
         Source: textbook.\n\
         Warm-up: NaN for the first `period − 1` values; a value that is not finite gives NaN and starts a new one."
    };
    (bollinger) => {
        "Formula: middle `SMA(period)`; upper and lower `deviations` population standard deviations above and below it.\n\
         Source: Bollinger, Bollinger on Bollinger Bands (2001); TA-Lib's BBANDS with a simple average.\n\
         Warm-up: NaN for the first `period − 1` values; a value that is not finite gives NaN and starts a new one."
    };
    (rsi) => {
        "Formula: `100 G / (G + L)`, where `G` and `L` are Wilder's averages (smoothing `1 / period`) of gains and losses,\n\
         seeded with the means of the first `period` changes. 0 where nothing has moved since the warm-up began; after a move\n\
         it keeps its value however long the price then stands still.\n\
         Source: Wilder, New Concepts in Technical Trading Systems (1978); TA-Lib's RSI.\n\
         Warm-up: NaN for the first `period` values; a value that is not finite gives NaN and starts a new one."
    };
    (momentum) => {
        "Formula: `x − x[−period]`, in units of the price.\n\
         Source: textbook; TA-Lib's MOM.\n\
         Warm-up: NaN for the first `period` values; a value that is not finite gives NaN and starts a new one."
    };
    (roc) => {
        "Formula: `(x / x[−period] − 1) · 100`; 0 where that value is 0.\n\
         Source: textbook; TA-Lib's ROC.\n\
         Warm-up: NaN for the first `period` values; a value that is not finite gives NaN and starts a new one."
    };
    (stochastic) => {
        "Formula: raw `100 (close − L) / (H − L)` with the lowest low `L` and highest high `H` of the last `fast_k_period`\n\
         bars, 0 in a window without range; k is `SMA(slow_k_period)` of raw, d `SMA(slow_d_period)` of k.\n\
         Source: Lane (1984); TA-Lib's STOCH with simple averages (whose own defaults are 5, 3, 3).\n\
         Warm-up: both are NaN for the first `fast_k_period + slow_k_period + slow_d_period − 3` bars; a bar with a value\n\
         that is not finite gives NaN and starts a new one."
    };
    (fast_stochastic) => {
        "Formula: k `100 (close − L) / (H − L)` with the lowest low `L` and highest high `H` of the last `fast_k_period`\n\
         bars, 0 in a window without range; d is `SMA(fast_d_period)` of k.\n\
         Source: Lane (1984); TA-Lib's STOCHF with a simple average (whose own defaults are 5 and 3).\n\
         Warm-up: both are NaN for the first `fast_k_period + fast_d_period − 2` bars; a bar with a value that is not finite\n\
         gives NaN and starts a new one."
    };
    (true_range) => {
        "Formula: `max(high, close[−1]) − min(low, close[−1])`, in units of the price.\n\
         Source: Wilder, New Concepts in Technical Trading Systems (1978); TA-Lib's TRANGE.\n\
         Warm-up: NaN for the first bar; a bar with a value that is not finite gives NaN, and so does the one after it."
    };
    (atr) => {
        "Formula: Wilder's average of the true range, `a ← a + (range − a) / period`, seeded with the mean of the first\n\
         `period` ranges; in units of the price.\n\
         Source: Wilder, New Concepts in Technical Trading Systems (1978); TA-Lib's ATR.\n\
         Warm-up: NaN for the first `period` bars; a bar with a value that is not finite gives NaN and starts a new one."
    };
    (adx) => {
        "Formula: Wilder's average of `100 |+DI − −DI| / (+DI + −DI)`, with `±DI = 100 · ±DM / TR` of Wilder's sums. The\n\
         directional movement `+DM` is `high − high[−1]` where that is above 0 and above `low[−1] − low`, else 0; `−DM` is\n\
         `low[−1] − low` where that is above 0 and above `high − high[−1]`, else 0. Where nothing moves\n\
         there is no ratio and the index stays; in the first average such a bar counts as 0.\n\
         Source: Wilder, New Concepts in Technical Trading Systems (1978); TA-Lib's ADX.\n\
         Warm-up: NaN for the first `2 period − 1` bars; a bar with a value that is not finite gives NaN and starts a new one."
    };
    (obv) => {
        "Formula: `o ← o ± volume` by the sign of `price − price[−1]`; the first value is the first volume.\n\
         Source: Granville, New Key to Stock Market Profits (1963); TA-Lib's OBV.\n\
         Warm-up: none; a price or volume that is not finite gives NaN, and the next value is a first one."
    };
    (rolling_vwap) => {
        "Formula: `Σ price · volume / Σ volume` over the window; NaN while nothing was traded in it.\n\
         Source: textbook.\n\
         Warm-up: NaN for the first `period − 1` values; a price or volume that is not finite, and a volume below zero,\n\
         gives NaN and starts a new one."
    };
    (vwap) => {
        "Formula: `Σ price · volume / Σ volume` since the first value of the session; NaN while nothing was traded in it.\n\
         `sessions` numbers the session of each value (the day, for instance): where it changes the sums begin anew.\n\
         Without it all values are one session.\n\
         Source: textbook (Berkowitz, Logue and Noser, 1988).\n\
         Warm-up: none; a price or volume that is not finite, and a volume below zero, gives NaN and begins the sums anew."
    };
    (errors $inputs:literal) => {
        concat!(
            "Out: `out` receives the result and is returned: a float64 array, or a tuple of them for several results.\n\
             Errors: `ValueError`, naming the argument, for ",
            $inputs,
            " not one-dimensional or not equally long, a period outside 1 … 100,000, and an `out` that has \
             another length, is read-only, not contiguous or shares memory with an input; `TypeError` for what is not \
             numbers, and for an `out` that is not float64."
        )
    };
}
pub(crate) use help;
