-- A table for the recount beside the bins, gone at the end of the transaction.
CREATE TEMPORARY TABLE bin_shadow (LIKE tiles_bin INCLUDING STORAGE) ON COMMIT DROP
