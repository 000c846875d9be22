-- The keys of rows of bins that have changes beside them.
-- Columns: zoom, x, y, service, body, span, week.
SELECT zoom, x, y, service_id, body_id, span, week FROM tiles_bin WHERE is_recent
