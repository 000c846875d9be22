-- The settled answers that were written since a moment, each with the snapshot that shows them.
--
-- Parameters: %(since)s: the number of a transaction; 0 reads the newest answers in force instead.
--   %(most)s: rows at most.
-- Columns: oldest (all transactions before it are over: the next %(since)s), own (this transaction's number or
--   null), file (changes when the table was emptied or is another one), then one answer: id, service_request_id
--   (null: read all again), is_withdrawn, changed_in, body_id, x_m, y_m, asked_at, group_id, service_id, areas.
--   One row without an answer where nothing changed. Newest first.
-- No row is missed whatever the order of commits: what was in flight then has a number of %(since)s or more.
-- Numbers of the future are those of another server, out of whose dump the table came.
-- Indexes: settled_answer_changed for changes, the primary key backwards for all.
SELECT snapshot.*, answer.*
FROM (
    SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS oldest,
           pg_current_xact_id_if_assigned()::text::bigint AS own,
           (SELECT oid FROM pg_database WHERE datname = current_database()) || '/'
               || pg_relation_filenode('issues_settledanswer') AS file
) AS snapshot
LEFT JOIN (
    SELECT found.id, found.service_request_id, found.is_withdrawn, found.changed_in, found.body_id,
           found.x_m, found.y_m, found.asked_at, service.group_id, found.service_id, found.areas
    FROM issues_settledanswer AS found
    LEFT JOIN issues_service AS service ON service.id = found.service_id
    WHERE found.changed_in >= %(since)s
      AND (%(since)s = 0 OR found.changed_in < greatest(
               pg_snapshot_xmax(pg_current_snapshot())::text::bigint,
               pg_current_xact_id_if_assigned()::text::bigint + 1))
      AND (%(since)s > 0 OR (NOT found.is_withdrawn AND found.service_request_id IS NOT NULL))
    ORDER BY found.id DESC
    LIMIT %(most)s
) AS answer ON true
ORDER BY answer.id DESC
