-- Rulings over zones: how many reports each decided in a period, and whether it was reversed.
--
-- Parameters: %(since)s, %(before)s (timestamptz), %(body_ids)s winners or bodies that were
--   asked (null: all), %(limit)s.
-- Columns: ruling_id, uses, is_reversed. Those used or reversed in the period, most used first.
SELECT ruling.id, used.reports,
       ruling.reversed_at IS NOT NULL AND ruling.reversed_at >= %(since)s AND ruling.reversed_at < %(before)s
FROM issues_ruling AS ruling
CROSS JOIN LATERAL (
    SELECT count(DISTINCT decided.service_request_id) AS reports
    FROM issues_responsibility AS decided
    WHERE decided.ruling_id = ruling.id
      AND decided.decided_at >= %(since)s AND decided.decided_at < %(before)s
) AS used
WHERE ruling.scope <> 'this_report'
  AND (used.reports > 0 OR (ruling.reversed_at >= %(since)s AND ruling.reversed_at < %(before)s))
  AND (%(body_ids)s::bigint[] IS NULL OR ruling.body_id = ANY(%(body_ids)s) OR EXISTS (
      SELECT FROM issues_case_claimants AS claimant
      WHERE claimant.case_id = ruling.case_id AND claimant.body_id = ANY(%(body_ids)s)))
ORDER BY used.reports DESC, ruling.id DESC
LIMIT %(limit)s
