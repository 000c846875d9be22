-- A table like the bins, of this transaction only: what is in it is not logged.
-- Placeholder: {name}.
CREATE TEMPORARY TABLE {name} (LIKE tiles_bin INCLUDING DEFAULTS INCLUDING STORAGE) ON COMMIT DROP
