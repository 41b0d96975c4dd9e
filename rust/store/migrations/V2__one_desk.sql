-- One database, one desk: executions are unique per venue and positions per symbol, so the books of two desks would
-- run into each other. A second journal of the same service is refused, and says so, before it writes a row.

ALTER TABLE projection_progress ADD CONSTRAINT one_desk UNIQUE (service);

-- The multiplier is the one of the position that was journalled with the fill.
COMMENT ON COLUMN fills.multiplier IS 'currency units per point and unit of quantity';
