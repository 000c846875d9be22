-- The rows of bins with these keys, as far as there are any.
-- Parameters: five arrays: zoom, x, y, service, week.
-- Columns: the key and its cells.
SELECT zoom, x, y, service_id, week, cells
FROM tiles_bin
JOIN unnest(%s::int[], %s::int[], %s::int[], %s::int[], %s::int[])
    AS named (zoom, x, y, service_id, week) USING (zoom, x, y, service_id, week)
