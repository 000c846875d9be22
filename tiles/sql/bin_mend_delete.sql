-- Deletes the wrong rows of bins, and what changed beside them.
DELETE FROM tiles_bin AS stored
USING bin_wrong AS wrong
WHERE (wrong.zoom, wrong.x, wrong.y, wrong.service_id, wrong.body_id, wrong.span, wrong.week)
    = (stored.zoom, stored.x, stored.y, stored.service_id, stored.body_id, stored.span, stored.week)
