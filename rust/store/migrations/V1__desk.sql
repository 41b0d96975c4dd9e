-- What the desk did, filled from the journals of its services. Amounts are NUMERIC(38,9), times are UTC with
-- microseconds, and every row names the journal and the sequence it came from, so that filling twice changes nothing.

CREATE TABLE projection_progress (
    journal     text PRIMARY KEY,
    service     text NOT NULL,
    sequence    bigint NOT NULL,
    updated_utc timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE order_audit_trail (
    journal          text NOT NULL,
    sequence         bigint NOT NULL,
    service          text NOT NULL,
    timestamp_utc    timestamptz NOT NULL,
    client_order_id  text NOT NULL,
    order_id         text NOT NULL,
    symbol           text NOT NULL,
    side             text NOT NULL,
    order_type       text NOT NULL,
    quantity         numeric(38,9) NOT NULL,
    price            numeric(38,9),
    stop_price       numeric(38,9),
    status           text NOT NULL,
    filled_quantity  numeric(38,9) NOT NULL,
    avg_fill_price   numeric(38,9),
    reason           text NOT NULL,
    origin           text NOT NULL,
    decision_price   numeric(38,9),
    model_version    text NOT NULL,
    model_hash       text NOT NULL,
    signal_epoch     bigint NOT NULL,
    signal_sequence  bigint NOT NULL,
    command_id       text NOT NULL,
    limits_version   bigint NOT NULL,
    PRIMARY KEY (journal, sequence)
);
CREATE INDEX order_audit_trail_by_order ON order_audit_trail (client_order_id, timestamp_utc);
CREATE INDEX order_audit_trail_by_time ON order_audit_trail (timestamp_utc);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % is refused: the audit trail is append-only', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER order_audit_trail_is_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON order_audit_trail
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE fills (
    execution_id     text PRIMARY KEY,
    journal          text NOT NULL,
    sequence         bigint NOT NULL,
    timestamp_utc    timestamptz NOT NULL,
    booked_utc       timestamptz NOT NULL,
    client_order_id  text NOT NULL,
    order_id         text NOT NULL,
    symbol           text NOT NULL,
    side             text NOT NULL,
    quantity         numeric(38,9) NOT NULL,
    price            numeric(38,9) NOT NULL,
    multiplier       numeric(38,9) NOT NULL,
    fee              numeric(38,9) NOT NULL,
    maker            boolean NOT NULL,
    venue_sequence   bigint NOT NULL,
    decision_price   numeric(38,9)
);
CREATE INDEX fills_by_time ON fills (booked_utc);
CREATE INDEX fills_by_order ON fills (client_order_id);

CREATE TABLE positions (
    symbol           text PRIMARY KEY,
    journal          text NOT NULL,
    sequence         bigint NOT NULL,
    quantity         numeric(38,9) NOT NULL,
    avg_cost         numeric(38,9) NOT NULL,
    current_price    numeric(38,9),
    unrealized_pnl   numeric(38,9) NOT NULL,
    realized_pnl     numeric(38,9) NOT NULL,
    fees             numeric(38,9) NOT NULL,
    multiplier       numeric(38,9) NOT NULL,
    last_updated_utc timestamptz NOT NULL
);

CREATE TABLE position_snapshots (
    journal          text NOT NULL,
    sequence         bigint NOT NULL,
    snapshot_time    timestamptz NOT NULL,
    symbol           text NOT NULL,
    quantity         numeric(38,9) NOT NULL,
    avg_cost         numeric(38,9) NOT NULL,
    current_price    numeric(38,9),
    unrealized_pnl   numeric(38,9) NOT NULL,
    realized_pnl     numeric(38,9) NOT NULL,
    fees             numeric(38,9) NOT NULL,
    multiplier       numeric(38,9) NOT NULL,
    PRIMARY KEY (journal, sequence)
);
CREATE INDEX position_snapshots_by_time ON position_snapshots (snapshot_time);

CREATE TABLE commands (
    journal          text NOT NULL,
    sequence         bigint NOT NULL,
    command_id       text NOT NULL,
    service          text NOT NULL,
    timestamp_utc    timestamptz NOT NULL,
    command          text NOT NULL,
    symbol           text NOT NULL,
    order_id         text NOT NULL,
    parameters       jsonb NOT NULL,
    operator         text NOT NULL,
    os_user          text NOT NULL,
    host             text NOT NULL,
    session          text NOT NULL,
    reason           text NOT NULL,
    outcome          text NOT NULL,
    answer           text NOT NULL,
    state_before     text NOT NULL,
    state_after      text NOT NULL,
    PRIMARY KEY (journal, sequence)
);
CREATE INDEX commands_by_id ON commands (command_id);

CREATE TABLE signals (
    journal          text NOT NULL,
    sequence         bigint NOT NULL,
    timestamp_utc    timestamptz NOT NULL,
    event_utc        timestamptz NOT NULL,
    symbol           text NOT NULL,
    signal           text NOT NULL,
    confidence       double precision NOT NULL,
    features         jsonb NOT NULL,
    model_version    text NOT NULL,
    model_hash       text NOT NULL,
    signal_epoch     bigint NOT NULL,
    signal_sequence  bigint NOT NULL,
    latency_ns       bigint NOT NULL,
    outcome          text NOT NULL,
    reason           text NOT NULL,
    client_order_id  text NOT NULL,
    PRIMARY KEY (journal, sequence)
);
CREATE INDEX signals_by_time ON signals (timestamp_utc);

CREATE TABLE risk_state (
    journal          text NOT NULL,
    sequence         bigint NOT NULL,
    timestamp_utc    timestamptz NOT NULL,
    service          text NOT NULL,
    event            text NOT NULL,
    kind             text NOT NULL,
    symbol           text NOT NULL,
    closed_by        text NOT NULL,
    reason           text NOT NULL,
    detail           jsonb NOT NULL,
    PRIMARY KEY (journal, sequence)
);

CREATE TABLE model_events (
    model_hash       text NOT NULL,
    signal_epoch     bigint NOT NULL,
    model_version    text NOT NULL,
    event            text NOT NULL,
    first_seen_utc   timestamptz NOT NULL,
    PRIMARY KEY (model_hash, signal_epoch)
);
