-- The rows of bins with these keys, as far as there are any.
-- Parameters: seven arrays: zoom, x, y, service, body, span, week.
-- Columns: the key and its cells.
SELECT zoom, x, y, service_id, body_id, span, week, cells
FROM tiles_bin
JOIN unnest(%s::int[], %s::int[], %s::int[], %s::int[], %s::int[], %s::int[], %s::int[])
    AS named (zoom, x, y, service_id, body_id, span, week) USING (zoom, x, y, service_id, body_id, span, week)
