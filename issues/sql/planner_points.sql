-- Where the reports of some days lie, packed, and which of them are chosen. Public points (see planner_cells.sql).
--
-- A row a year: a value of PostgreSQL ends at 1 GB, and a report is 17 bytes.
-- Uses the index on time or the GiST index on public_point, whichever is better.
--
-- Parameters: %(west)s %(south)s %(east)s %(north)s (EPSG:4326); %(service_ids)s %(body_ids)s
--   %(since)s %(before)s %(older_before)s null = all; %(states)s; %(all_states)s of those that
--   are read; %(area)s WKT (EPSG:4326) or null.
-- Columns: longitude and latitude (float8) and chosen (boolean) of each report, in network order.
SELECT string_agg(
    float8send(ST_X(public_point)) || float8send(ST_Y(public_point)) || boolsend(
        state = ANY (%(states)s::text[])
        AND (%(service_ids)s::bigint[] IS NULL OR service_id = ANY (%(service_ids)s::bigint[]))
        AND (%(body_ids)s::bigint[] IS NULL OR coalesce(body_id, 0) = ANY (%(body_ids)s::bigint[]))
        AND (%(older_before)s::timestamptz IS NULL OR requested_datetime < %(older_before)s::timestamptz)
    ),
    ''::bytea
)
FROM issues_servicerequest
WHERE public_point && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)
  AND state = ANY (%(all_states)s::text[])
  AND (%(since)s::timestamptz IS NULL OR requested_datetime >= %(since)s::timestamptz)
  AND (%(before)s::timestamptz IS NULL OR requested_datetime < %(before)s::timestamptz)
  AND (%(area)s::text IS NULL OR ST_Intersects(public_point, ST_GeomFromText(%(area)s::text, 4326)))
GROUP BY extract(year FROM requested_datetime)
