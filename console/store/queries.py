"""The questions `TradingDatabase` asks, as SQL."""

POSITIONS = """
    SELECT symbol, quantity, avg_cost, current_price, unrealized_pnl, realized_pnl, fees, multiplier,
           last_updated_utc
    FROM positions ORDER BY symbol
"""

ORDERS = """
    SELECT * FROM (
        SELECT DISTINCT ON (client_order_id) client_order_id, order_id, symbol, side, order_type, quantity,
               price, stop_price, status, filled_quantity, avg_fill_price, reason, origin, decision_price,
               model_version, model_hash, signal_epoch, signal_sequence, command_id,
               min(timestamp_utc) OVER (PARTITION BY client_order_id) AS created_utc, timestamp_utc
        FROM order_audit_trail
        WHERE service = 'execution-engine' AND (%(symbol)s::text IS NULL OR symbol = %(symbol)s)
        ORDER BY client_order_id, sequence DESC
    ) AS newest
    ORDER BY timestamp_utc DESC, client_order_id DESC LIMIT %(limit)s
"""

FILLS = """
    SELECT execution_id, booked_utc, timestamp_utc, client_order_id, order_id, symbol, side, quantity, price,
           multiplier, fee, maker, venue_sequence, decision_price
    FROM fills WHERE %(symbol)s::text IS NULL OR symbol = %(symbol)s
    ORDER BY venue_sequence DESC LIMIT %(limit)s
"""

SIGNALS = """
    SELECT timestamp_utc, event_utc, symbol, signal, confidence, features, model_version, model_hash,
           latency_ns, outcome, reason, client_order_id, signal_epoch, signal_sequence
    FROM signals WHERE %(symbol)s::text IS NULL OR symbol = %(symbol)s
    ORDER BY timestamp_utc DESC LIMIT %(limit)s
"""

COMMANDS = """
    SELECT timestamp_utc, command_id, service, command, symbol, order_id, parameters, operator, os_user, host,
           session, reason, outcome, answer, state_before, state_after
    FROM commands ORDER BY timestamp_utc DESC LIMIT %(limit)s
"""

SNAPSHOTS = """
    SELECT snapshot_time, symbol, quantity, avg_cost, current_price, unrealized_pnl, realized_pnl, fees,
           multiplier
    FROM position_snapshots WHERE snapshot_time >= %(start)s AND snapshot_time < %(end)s
    ORDER BY snapshot_time, symbol, sequence
"""

# Profit = what the fills brought in, less fees, plus what the position is worth more at the end than at the
# start. It needs no cost basis, so that one place in the desk knows one: the engine's position book.
DAILY_PNL = """
    WITH signed AS (
        SELECT symbol, booked_utc, fee, multiplier, price,
               CASE side WHEN 'BUY' THEN quantity ELSE -quantity END AS quantity
        FROM fills WHERE booked_utc < %(end)s
    ), days AS (
        SELECT symbol, max(multiplier) AS multiplier,
               count(*) FILTER (WHERE booked_utc >= %(start)s) AS fills,
               coalesce(sum(abs(quantity)) FILTER (WHERE booked_utc >= %(start)s), 0) AS traded_quantity,
               coalesce(sum(-quantity * price * multiplier) FILTER (WHERE booked_utc >= %(start)s), 0)
                 AS cash_flow,
               coalesce(sum(fee) FILTER (WHERE booked_utc >= %(start)s), 0) AS fees,
               coalesce(sum(quantity) FILTER (WHERE booked_utc < %(start)s), 0) AS position_start,
               sum(quantity) AS position_end
        FROM signed GROUP BY symbol
    ), marked AS (
        SELECT days.*,
               (SELECT current_price FROM position_snapshots AS s WHERE s.symbol = days.symbol
                  AND s.snapshot_time < %(start)s AND current_price IS NOT NULL
                ORDER BY snapshot_time DESC, sequence DESC LIMIT 1) AS mark_start,
               (SELECT current_price FROM position_snapshots AS s WHERE s.symbol = days.symbol
                  AND s.snapshot_time < %(end)s AND current_price IS NOT NULL
                ORDER BY snapshot_time DESC, sequence DESC LIMIT 1) AS mark_end
        FROM days
    )
    SELECT symbol, fills, traded_quantity, position_start, position_end, mark_start, mark_end,
           trim_scale(cash_flow) AS cash_flow, trim_scale(fees) AS fees,
           trim_scale(cash_flow - fees
             + CASE WHEN position_end = 0 THEN 0 ELSE position_end * mark_end * multiplier END
             - CASE WHEN position_start = 0 THEN 0 ELSE position_start * mark_start * multiplier END) AS pnl
    FROM marked WHERE fills > 0 OR position_end <> 0 ORDER BY symbol
"""

# The last word on each symbol in each stretch of time, and the one from before the first. A position without
# a mark has no unrealised P&L in it.
PROFIT = """
    (SELECT DISTINCT ON (symbol) %(start)s::timestamptz - interval '1 microsecond' AS at, symbol,
            realized_pnl + unrealized_pnl AS profit
     FROM position_snapshots WHERE snapshot_time < %(start)s
     ORDER BY symbol, snapshot_time DESC, sequence DESC)
    UNION ALL
    (SELECT at, symbol, profit FROM (
        SELECT DISTINCT ON (at, symbol) date_bin(%(width)s, snapshot_time, %(start)s) AS at, symbol,
               realized_pnl + unrealized_pnl AS profit
        FROM position_snapshots WHERE snapshot_time >= %(start)s AND snapshot_time < %(end)s
        ORDER BY at, symbol, snapshot_time DESC, sequence DESC) AS binned)
    ORDER BY at, symbol
"""
