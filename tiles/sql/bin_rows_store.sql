-- Stores rows of bins, new or instead of those with the same key.
-- Parameters: arrays of zoom, x, y, service, body, span, week and cells.
INSERT INTO tiles_bin (zoom, x, y, service_id, body_id, span, week, cells)
SELECT * FROM unnest(%s::int[], %s::int[], %s::int[], %s::int[], %s::int[], %s::int[], %s::int[], %s::bytea[])
ON CONFLICT (zoom, x, y, service_id, body_id, span, week) DO UPDATE SET cells = excluded.cells
