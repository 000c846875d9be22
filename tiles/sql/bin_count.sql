-- The same facts counted from the reports themselves: beyond the leaf zoom, and while
-- the bins are not built. Uses the GiST index on public_point (4326).
--
-- Parameters: those of bin_facts.sql and report_filter.sql.
-- Columns: the packed facts, null where there are none.
WITH source AS MATERIALIZED (
    SELECT 1 AS sign, service_id, body_id, state, requested_datetime, updated_datetime, due_date, public_point
    FROM issues_servicerequest
    {chosen}
),
fact AS (
    {facts}
)
SELECT {packed} FROM fact
