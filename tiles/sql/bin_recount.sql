-- All reports as facts, and the changes in the log, which are taken out of it: one
-- statement, one moment. The reports of that moment are the bins of that moment.
--
-- Parameters: those of bin_facts.sql (%(cells)s is 2^22).
-- Columns: as tiles.binning.FACT, sign 1 for a report, -2 and 2 for a change taken out of the log.
WITH taken AS (
    DELETE FROM tiles_binchange
    RETURNING sign, service_id, body_id, state, requested_datetime, updated_datetime, due_date, public_point
),
source AS (
    SELECT
        1 AS sign, service_id, body_id, state, requested_datetime, updated_datetime, due_date, public_point
    FROM issues_servicerequest
    UNION ALL
    SELECT 2 * sign, service_id, body_id, state, requested_datetime, updated_datetime, due_date, public_point FROM taken
)
{facts}
