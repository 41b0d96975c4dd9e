-- What is new since the last comparison with the journal is found without reading every fill.

CREATE INDEX fills_by_sequence ON fills (journal, sequence);
