-- Stores what the recount has instead of the wrong rows.
INSERT INTO tiles_bin (zoom, x, y, service_id, body_id, span, week, is_recent, cells)
SELECT zoom, x, y, service_id, body_id, span, week, false, cells FROM bin_wrong WHERE cells IS NOT NULL
