-- The rows of bins with these keys, as far as there are any.
-- Parameters: seven arrays: zoom, x, y, service, body, span, week, in front of them the most bytes to be sent.
-- Columns: the key; whether it is of recent changes; its length; its cells, null where they are longer and not recent.
SELECT
    zoom, x, y, service_id, body_id, span, week, is_recent, octet_length(cells),
    CASE WHEN is_recent OR octet_length(cells) <= %s THEN cells END
FROM tiles_bin
JOIN unnest(%s::int[], %s::int[], %s::int[], %s::int[], %s::int[], %s::int[], %s::int[])
    AS named (zoom, x, y, service_id, body_id, span, week) USING (zoom, x, y, service_id, body_id, span, week)
