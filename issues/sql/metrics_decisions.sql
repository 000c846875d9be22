-- How the reports of a period were decided first, and whether the body that got them kept them.
--
-- The first decision of a report is automatic if it names a body (no person acted before it).
-- Kept: that body did not hand the report back within the given days; only counted where those
-- days are over and the body is the city's.
-- Parameters: %(since)s <= requested_datetime < %(before)s (timestamptz), %(body_ids)s the
--   bodies that had the report first or have it now (null: all), %(kept_days)s, %(now)s.
-- Columns: reports, automatic, by_ruling, by_memory, mature, kept.
-- Walks the index request_time; the newest decisions are not read.
SELECT count(*),
       count(*) FILTER (WHERE first.body_id IS NOT NULL),
       count(*) FILTER (WHERE first.rule = 'ruling'),
       count(*) FILTER (WHERE first.rule = 'memory' AND first.body_id IS NOT NULL),
       count(*) FILTER (WHERE first.is_mature),
       count(*) FILTER (WHERE first.is_mature AND NOT EXISTS (
           SELECT FROM issues_handback AS back
           WHERE back.service_request_id = request.id AND back.body_id = first.body_id
             AND back.at < first.decided_at + make_interval(days => %(kept_days)s)))
FROM issues_servicerequest AS request
CROSS JOIN LATERAL (
    SELECT decided.body_id, decided.rule, decided.decided_at,
           decided.outcome = 'assigned'
               AND decided.decided_at <= %(now)s::timestamptz - make_interval(days => %(kept_days)s) AS is_mature
    FROM issues_responsibility AS decided
    WHERE decided.service_request_id = request.id
    ORDER BY decided.id
    LIMIT 1
) AS first
WHERE request.requested_datetime >= %(since)s AND request.requested_datetime < %(before)s
  AND (%(body_ids)s::bigint[] IS NULL
       OR first.body_id = ANY(%(body_ids)s) OR request.body_id = ANY(%(body_ids)s))
