-- Deletes rows of bins with these keys.
-- Parameters: whether those of recent changes; seven arrays: zoom, x, y, service, body, span, week.
DELETE FROM tiles_bin
WHERE is_recent = %s
  AND (zoom, x, y, service_id, body_id, span, week) IN (
      SELECT * FROM unnest(%s::int[], %s::int[], %s::int[], %s::int[], %s::int[], %s::int[], %s::int[])
  )
