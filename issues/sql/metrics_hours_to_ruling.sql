-- Hours from the opening of a case to its first ruling, for cases opened in a period.
--
-- Parameters: %(since)s <= opened_at < %(before)s (timestamptz), %(body_ids)s bodies that
--   are asked to speak (null: all).
-- Columns: cases, ruled, median_hours, p90_hours (null without a ruling).
SELECT count(*), count(first.hours),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY first.hours),
       percentile_cont(0.9) WITHIN GROUP (ORDER BY first.hours)
FROM issues_case AS asked
LEFT JOIN LATERAL (
    SELECT extract(epoch FROM min(ruling.confirmed_at) - asked.opened_at)::float8 / 3600 AS hours
    FROM issues_ruling AS ruling
    WHERE ruling.case_id = asked.id
) AS first ON true
WHERE asked.opened_at >= %(since)s AND asked.opened_at < %(before)s
  AND (%(body_ids)s::bigint[] IS NULL OR EXISTS (
      SELECT FROM issues_case_claimants AS claimant
      WHERE claimant.case_id = asked.id AND claimant.body_id = ANY(%(body_ids)s)))
