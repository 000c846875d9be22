-- Stores the rows of the recount that differ from the bins or are missing there.
INSERT INTO tiles_bin AS stored (zoom, x, y, service_id, body_id, span, week, cells)
SELECT recount.zoom, recount.x, recount.y, recount.service_id, recount.body_id, recount.span, recount.week, recount.cells
FROM bin_shadow AS recount
LEFT JOIN tiles_bin AS present USING (zoom, x, y, service_id, body_id, span, week)
WHERE present.cells IS DISTINCT FROM recount.cells
ON CONFLICT (zoom, x, y, service_id, body_id, span, week) DO UPDATE SET cells = excluded.cells
