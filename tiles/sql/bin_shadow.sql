-- A table for the recount beside the bins, of this transaction only.
CREATE TEMPORARY TABLE bin_shadow (LIKE tiles_bin INCLUDING STORAGE) ON COMMIT DROP
