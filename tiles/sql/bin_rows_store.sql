-- Stores rows of bins, new or instead of those with the same key.
-- Parameters: arrays of zoom, x, y, service, week and cells.
INSERT INTO tiles_bin (zoom, x, y, service_id, week, cells)
SELECT * FROM unnest(%s::int[], %s::int[], %s::int[], %s::int[], %s::int[], %s::bytea[])
ON CONFLICT (zoom, x, y, service_id, week) DO UPDATE SET cells = excluded.cells
