-- Rows of bins in a rectangle of tiles, and the changes in it that are not folded in
-- yet: one statement, so that a fold in between neither hides nor doubles a change.
-- Uses the primary key (zoom, x, y, service_id, body_id, span, week, is_recent) of tiles_bin; the log is short.
--
-- Parameters: those of bin_facts.sql (%(cells)s is 2^22); %(zoom)s; %(first_x)s
--   %(last_x)s %(first_y)s %(last_y)s tiles; %(services)s %(bodies)s %(spans)s %(first_weeks)s
--   %(last_weeks)s arrays: the rows to read (tiles.binning.RowKey); %(body_ids)s null = all; %(west)s %(south)s %(east)s %(north)s
--   the rectangle with a margin (EPSG:4326).
-- Columns: x, y, span, week, cells of a row of bins; or nulls and the packed facts of the log.
--   The log's row comes always, with null where nothing waits.
WITH source AS MATERIALIZED (
    SELECT sign, service_id, body_id, state, requested_datetime, updated_datetime, due_date, public_point
    FROM tiles_binchange
    WHERE public_point && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)
),
fact AS (
    {facts}
),
-- Of services that never had a report of these bodies there is nothing to read. Facets
-- come with the rows of the same moment, so that a new one is not missed.
asked AS (
    SELECT service_id, body_id, span, first_week, last_week
    FROM unnest(%(services)s::int[], %(bodies)s::int[], %(spans)s::int[], %(first_weeks)s::int[], %(last_weeks)s::int[])
        AS named (service_id, body_id, span, first_week, last_week)
    WHERE service_id = 0
       OR %(body_ids)s::bigint[] IS NULL
       OR service_id IN (SELECT facet.service_id FROM tiles_facet AS facet WHERE facet.body_id = ANY (%(body_ids)s))
)
SELECT tile_x, tile_y, span, week, cells
FROM generate_series(%(first_x)s, %(last_x)s) AS tile_x
CROSS JOIN generate_series(%(first_y)s, %(last_y)s) AS tile_y
CROSS JOIN asked
-- Each tile and run by itself, by the whole key: OFFSET keeps the planner from reading a tile's thousands of rows
-- and joining what is asked to them.
CROSS JOIN LATERAL (
    SELECT stored.week, stored.cells
    FROM tiles_bin AS stored
    WHERE stored.zoom = %(zoom)s AND stored.x = tile_x AND stored.y = tile_y
      AND stored.service_id = asked.service_id AND stored.body_id = asked.body_id AND stored.span = asked.span
      AND stored.week BETWEEN asked.first_week AND asked.last_week
    OFFSET 0
) AS found
UNION ALL
SELECT null, null, null, null, {packed} FROM fact
