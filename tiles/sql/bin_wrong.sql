-- The rows of bins that differ from the recount, are missing or too many, with the cells of
-- the recount (null: there should be none). Rows with changes beside them (is_recent) are
-- compared as bin_merged has them. Equal content is equal bytes (tiles.binning).
CREATE TEMPORARY TABLE bin_wrong ON COMMIT DROP AS
SELECT zoom, x, y, service_id, body_id, span, week, recount.cells
FROM (
    SELECT zoom, x, y, service_id, body_id, span, week, cells
    FROM tiles_bin AS whole
    WHERE NOT whole.is_recent
      AND NOT EXISTS (
          SELECT FROM bin_merged AS merged
          WHERE (merged.zoom, merged.x, merged.y, merged.service_id, merged.body_id, merged.span, merged.week)
              = (whole.zoom, whole.x, whole.y, whole.service_id, whole.body_id, whole.span, whole.week)
      )
    UNION ALL
    SELECT zoom, x, y, service_id, body_id, span, week, cells FROM bin_merged
) AS stored
FULL JOIN bin_shadow AS recount USING (zoom, x, y, service_id, body_id, span, week)
WHERE stored.cells IS DISTINCT FROM recount.cells
