-- Stores rows of bins, new or instead of those with the same key.
-- Parameters: whether they are of recent changes; arrays of zoom, x, y, service, body, span, week and cells.
INSERT INTO tiles_bin (is_recent, zoom, x, y, service_id, body_id, span, week, cells)
SELECT %s, changed.*
FROM unnest(%s::int[], %s::int[], %s::int[], %s::int[], %s::int[], %s::int[], %s::int[], %s::bytea[]) AS changed
ON CONFLICT (zoom, x, y, service_id, body_id, span, week, is_recent) DO UPDATE SET cells = excluded.cells
