-- Every report of one tile and its buffer as a point of its own. As MVT, or null
-- when there are more than %(cap)s: then report_clusters.sql is asked instead.
--
-- Only what the public may see: the public point, the day, codes and the public
-- id. Uses the GiST index on public_point (4326).
--
-- Parameters: those of report_filter.sql, the rectangle being the tile with its buffer and
--   a little more; %(tiles)s tiles across the world, %(x)s %(y)s; %(extent)s units across
--   a tile, %(buffer)s units around it; %(cap)s; %(open_states)s; %(time_zone)s of the day.
-- Columns: the tile (bytea, empty without reports). MVT: layer reports; cluster
--   (false), id, service_code, group, state, status, date.
WITH located AS MATERIALIZED (
    SELECT
        id,
        round(((ST_X(public_point) + 180) / 360 * %(tiles)s - %(x)s) * %(extent)s) AS across,
        round(((0.5 - asinh(tan(radians(ST_Y(public_point)))) / (2 * pi())) * %(tiles)s - %(y)s) * %(extent)s) AS down,
        service_id,
        state,
        (requested_datetime AT TIME ZONE %(time_zone)s)::date AS day
    FROM issues_servicerequest
    {chosen}
    LIMIT %(cap)s + 1
),
feature AS (
    SELECT
        ST_MakePoint(across, down) AS geom,
        false AS cluster,
        located.id,
        service.service_code,
        servicegroup.slug AS "group",
        state,
        CASE WHEN state = ANY (%(open_states)s::text[]) THEN 'open' ELSE 'closed' END AS status,
        to_char(day, 'YYYY-MM-DD') AS date
    FROM located
    JOIN issues_service AS service ON service.id = located.service_id
    JOIN issues_servicegroup AS servicegroup ON servicegroup.id = service.group_id
    WHERE across BETWEEN -%(buffer)s AND %(extent)s + %(buffer)s
      AND down BETWEEN -%(buffer)s AND %(extent)s + %(buffer)s
    ORDER BY located.id
)
SELECT CASE
    WHEN (SELECT count(*) FROM located) <= %(cap)s
    THEN (SELECT ST_AsMVT(feature, 'reports', %(extent)s, 'geom') FROM feature)
END
