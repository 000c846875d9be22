-- How many rows of bins differ from the recount, are missing or too many?
-- Equal content is equal bytes (tiles.binning).
-- Columns: the number.
SELECT count(*)
FROM tiles_bin AS stored
FULL JOIN bin_shadow AS recount USING (zoom, x, y, service_id, body_id, span, week)
WHERE stored.cells IS DISTINCT FROM recount.cells
