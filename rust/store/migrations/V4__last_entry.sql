-- Of the entry at `sequence`: a journal that was restored from an older copy and went on since has another one there.
-- Unknown until the next entry is stored.

ALTER TABLE projection_progress ADD COLUMN checksum bigint;
