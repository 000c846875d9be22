-- How many of the chosen reports lie in each Web Mercator cell of a box. For staff: exact points.
--
-- Uses the GiST index on public_point for the box (widened by the half kilometre by
-- which a public point may be off) or the indexes on time, whichever is better.
--
-- Parameters: %(west)s %(south)s %(east)s %(north)s (EPSG:4326); %(cells)s cells across
--   the world; %(service_ids)s %(body_ids)s %(since)s %(before)s %(older_before)s
--   null = all; %(states)s; %(area)s WKT in metres or null, %(srid)s; %(most)s rows.
-- Columns: map_column, map_row, count.
SELECT
    floor((ST_X(point) + 180) / 360 * %(cells)s)::bigint AS map_column,
    floor((0.5 - asinh(tan(radians(ST_Y(point)))) / (2 * pi())) * %(cells)s)::bigint AS map_row,
    count(*)
FROM issues_servicerequest
WHERE public_point && ST_Expand(ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326), 0.005)
  AND ST_X(point) BETWEEN %(west)s AND %(east)s
  AND ST_Y(point) BETWEEN %(south)s AND %(north)s
  AND state = ANY (%(states)s::text[])
  AND (%(service_ids)s::bigint[] IS NULL OR service_id = ANY (%(service_ids)s::bigint[]))
  AND (%(body_ids)s::bigint[] IS NULL OR body_id = ANY (%(body_ids)s::bigint[]))
  AND (%(since)s::timestamptz IS NULL OR requested_datetime >= %(since)s::timestamptz)
  AND (%(before)s::timestamptz IS NULL OR requested_datetime < %(before)s::timestamptz)
  AND (%(older_before)s::timestamptz IS NULL OR requested_datetime < %(older_before)s::timestamptz)
  AND (%(area)s::text IS NULL OR ST_Intersects(point_m, ST_GeomFromText(%(area)s::text, %(srid)s)))
GROUP BY 1, 2
ORDER BY 1, 2
LIMIT %(most)s
