-- The chosen reports in an area as facts, for planners: by public points, refused and sensitive ones as asked.
--
-- One value: PostgreSQL's end at 1 GB, 38 million facts, and the caller asks for far fewer. Uses the GiST
-- index on public_point or the index on time, whichever is better, by parallel workers where there are many.
--
-- Parameters: those of bin_facts.sql (%(cells)s is 2^22); %(service_ids)s %(body_ids)s
--   %(older_before)s null = all; %(since)s %(before)s; %(states)s; %(area)s WKT (EPSG:4326).
-- Columns: packed facts; null for none.
WITH source AS (
    SELECT 1 AS sign, service_id, body_id, state, requested_datetime, updated_datetime, due_date, public_point
    FROM issues_servicerequest
    WHERE ST_Intersects(public_point, ST_GeomFromText(%(area)s::text, 4326))
      AND state = ANY (%(states)s::text[])
      AND (%(service_ids)s::bigint[] IS NULL OR service_id = ANY (%(service_ids)s::bigint[]))
      AND (%(body_ids)s::bigint[] IS NULL OR body_id = ANY (%(body_ids)s::bigint[]))
      AND requested_datetime >= %(since)s::timestamptz
      AND requested_datetime < %(before)s::timestamptz
      AND (%(older_before)s::timestamptz IS NULL OR requested_datetime < %(older_before)s::timestamptz)
),
fact AS (
    {facts}
)
SELECT {packed} FROM fact
