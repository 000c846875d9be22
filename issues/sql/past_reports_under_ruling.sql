-- Reports before a ruling that it would have settled otherwise than they are, by the body
-- that the decision in force gave them to (null: undecided).
--
-- Where several rulings cover a report the narrowest decides, then the newest, as in
-- issues.routing: a report that a narrower one covers stays, even if nobody decided it anew.
-- Parameters: %(ruling_id)s, of a zone; %(since)s, %(until)s when the reports were made; %(day)s on
--   which other rulings must hold; %(open_states)s; %(scopes)s all scopes, narrowest first.
-- Columns: body_id, reports. Open reports are left out: they move for real.
-- Indexes: GiST on issues_servicerequest.point, issues_ruling.zone and layers_asset.geom_m; the
--   foreign keys to the report.
WITH covered AS MATERIALIZED (
    SELECT report.id, report.service_id, report.asset_id, report.point, report.point_m, report.accuracy_m
    FROM issues_ruling AS ruling
    JOIN issues_servicerequest AS report ON ST_CoveredBy(report.point, ruling.zone)
    WHERE ruling.id = %(ruling_id)s
      AND report.requested_datetime >= %(since)s AND report.requested_datetime < %(until)s
      AND NOT report.state = ANY (%(open_states)s)
),
settling AS (
    SELECT DISTINCT ON (covered.id) covered.id AS report_id, ruling.id AS ruling_id, ruling.body_id
    FROM covered
    CROSS JOIN LATERAL (
        SELECT * FROM issues_ruling WHERE ST_Covers(zone, covered.point)
        UNION ALL
        SELECT * FROM issues_ruling WHERE service_request_id = covered.id AND ST_Equals(point, covered.point)
    ) AS ruling
    WHERE (ruling.id = %(ruling_id)s
           OR (ruling.reversed_at IS NULL AND ruling.valid_from <= %(day)s
               AND (ruling.expires_at IS NULL OR %(day)s < ruling.expires_at)))
      AND (ruling.service_id IS NULL OR ruling.service_id = covered.service_id)
      AND (ruling.asset_class_id IS NULL OR EXISTS (
            SELECT FROM layers_asset AS asset
            JOIN layers_assetclass AS class ON class.id = asset.asset_class_id
            JOIN issues_service_asset_classes AS deciding
              ON deciding.assetclass_id = class.id AND deciding.service_id = covered.service_id
            WHERE class.id = ruling.asset_class_id
              AND (covered.asset_id IS NULL OR covered.asset_id = asset.id)
              AND ST_DWithin(asset.geom_m, covered.point_m, class.snap_distance_m + covered.accuracy_m)))
    ORDER BY covered.id, array_position(%(scopes)s, ruling.scope::text), ruling.confirmed_at DESC, ruling.id DESC
)
SELECT decided.body_id, count(*) AS reports
FROM settling
CROSS JOIN LATERAL (
    SELECT body_id FROM issues_responsibility
    WHERE service_request_id = settling.report_id
    ORDER BY id DESC
    LIMIT 1
) AS decided
WHERE settling.ruling_id = %(ruling_id)s AND decided.body_id IS DISTINCT FROM settling.body_id
GROUP BY decided.body_id
ORDER BY reports DESC, decided.body_id
