"""Reference vectors of the indicators: hard series, and what TA-Lib and exact arithmetic say of them."""
