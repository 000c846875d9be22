-- Takes changes out of the log, oldest first, as facts. Who folds holds FOLD_LOCK, so
-- no change is taken twice; changes that are not committed yet stay for the next time.
--
-- Parameters: those of bin_facts.sql (%(cells)s is 2^22); %(most)s changes.
-- Columns: how many were taken; their packed facts, null if none.
WITH source AS (
    DELETE FROM tiles_binchange
    WHERE id IN (SELECT id FROM tiles_binchange ORDER BY id LIMIT %(most)s)
    RETURNING sign, service_id, body_id, state, requested_datetime, updated_datetime, due_date, public_point
),
fact AS (
    {facts}
)
SELECT count(*), {packed} FROM fact
