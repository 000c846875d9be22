-- The same facts counted from the reports themselves: beyond the leaf zoom, and while
-- the bins are not built. Uses the GiST index on public_point (4326).
--
-- Parameters: those of bin_facts.sql; %(west)s %(south)s %(east)s %(north)s the
--   rectangle with a margin (EPSG:4326); %(states)s; %(service_ids)s %(body_ids)s
--   %(since)s %(before)s null = all; %(private_ids)s services left out.
-- Columns: the packed facts, null where there are none.
WITH source AS MATERIALIZED (
    SELECT 1 AS sign, service_id, body_id, state, requested_datetime, updated_datetime, due_date, public_point
    FROM issues_servicerequest
    WHERE public_point && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)
      AND state = ANY (%(states)s::text[])
      AND service_id <> ALL (%(private_ids)s::bigint[])
      AND (%(service_ids)s::bigint[] IS NULL OR service_id = ANY (%(service_ids)s::bigint[]))
      AND (%(body_ids)s::bigint[] IS NULL OR body_id = ANY (%(body_ids)s::bigint[]))
      AND (%(since)s::timestamptz IS NULL OR requested_datetime >= %(since)s::timestamptz)
      AND (%(before)s::timestamptz IS NULL OR requested_datetime < %(before)s::timestamptz)
),
fact AS (
    {facts}
)
SELECT {packed} FROM fact
