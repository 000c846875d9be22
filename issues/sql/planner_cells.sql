-- How many of the chosen reports lie in each Web Mercator cell of a box. For planners, by public
-- points: nobody learns more of a place here than the service allows everybody.
--
-- Uses the GiST index on public_point for the box or the indexes on time, whichever is better.
--
-- Parameters: %(west)s %(south)s %(east)s %(north)s (EPSG:4326); %(cells)s cells across
--   the world; %(service_ids)s %(body_ids)s %(since)s %(before)s %(older_before)s
--   null = all; %(states)s; %(area)s WKT (EPSG:4326) or null; %(most)s rows.
-- Columns: map_column, map_row, count.
SELECT
    floor((ST_X(public_point) + 180) / 360 * %(cells)s)::bigint AS map_column,
    floor((0.5 - asinh(tan(radians(ST_Y(public_point)))) / (2 * pi())) * %(cells)s)::bigint AS map_row,
    count(*)
FROM issues_servicerequest
WHERE public_point && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)
  AND state = ANY (%(states)s::text[])
  AND (%(service_ids)s::bigint[] IS NULL OR service_id = ANY (%(service_ids)s::bigint[]))
  AND (%(body_ids)s::bigint[] IS NULL OR body_id = ANY (%(body_ids)s::bigint[]))
  AND (%(since)s::timestamptz IS NULL OR requested_datetime >= %(since)s::timestamptz)
  AND (%(before)s::timestamptz IS NULL OR requested_datetime < %(before)s::timestamptz)
  AND (%(older_before)s::timestamptz IS NULL OR requested_datetime < %(older_before)s::timestamptz)
  AND (%(area)s::text IS NULL OR ST_Intersects(public_point, ST_GeomFromText(%(area)s::text, 4326)))
GROUP BY 1, 2
ORDER BY 1, 2
LIMIT %(most)s
