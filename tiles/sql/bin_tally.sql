-- Rows of bins by week for the whole world, and the changes that are not folded in yet,
-- in one statement (as bin_read.sql). Weeks that a day cuts come with weekdays, from the
-- tiles of the first zoom. Uses the primary key (zoom, x, y, service_id, body_id, span, week, is_recent).
--
-- Parameters: those of bin_facts.sql (%(cells)s is 2^22); %(world_zoom)s %(first_zoom)s;
--   %(first_week)s %(last_week)s; %(cut_weeks)s.
-- Columns: week, cells of a row of bins; or null and the packed facts of the log. The
--   log's row comes always, with null where nothing waits.
WITH source AS MATERIALIZED (
    SELECT sign, service_id, body_id, state, requested_datetime, updated_datetime, due_date, public_point
    FROM tiles_binchange
),
fact AS (
    {facts}
)
SELECT week, cells
FROM tiles_bin
WHERE zoom = %(world_zoom)s AND x = 0 AND y = 0 AND service_id = 0 AND body_id = 0 AND span = 0
  AND week BETWEEN %(first_week)s AND %(last_week)s AND week <> ALL (%(cut_weeks)s::int[])
UNION ALL
SELECT week, cells
FROM tiles_bin
WHERE zoom = %(first_zoom)s AND service_id = 0 AND body_id = 0 AND span = 0 AND week = ANY (%(cut_weeks)s::int[])
UNION ALL
SELECT null, {packed} FROM fact
