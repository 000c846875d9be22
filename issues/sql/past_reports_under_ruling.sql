-- Reports before a ruling that its scope would have settled, by the body that the
-- first decision gave them to (null: undecided).
--
-- Parameters: %(ruling_id)s, of a zone; %(since)s, %(until)s when they were made; %(open_states)s.
-- Columns: body_id, reports. Open reports are left out: they move for real.
-- Indexes: GiST on issues_servicerequest.point and layers_asset.geom_m.
SELECT decided.body_id, count(*) AS reports
FROM issues_ruling AS ruling
JOIN issues_servicerequest AS report
  ON ST_CoveredBy(report.point, ruling.zone)
 AND (ruling.service_id IS NULL OR ruling.service_id = report.service_id)
CROSS JOIN LATERAL (
    SELECT body_id FROM issues_responsibility
    WHERE service_request_id = report.id
    ORDER BY id
    LIMIT 1
) AS decided
WHERE ruling.id = %(ruling_id)s
  AND report.requested_datetime >= %(since)s AND report.requested_datetime < %(until)s
  AND NOT report.state = ANY (%(open_states)s)
  AND (ruling.asset_class_id IS NULL OR EXISTS (
        SELECT FROM layers_asset AS asset
        JOIN layers_assetclass AS class ON class.id = asset.asset_class_id
        JOIN issues_service_asset_classes AS deciding
          ON deciding.assetclass_id = class.id AND deciding.service_id = report.service_id
        WHERE class.id = ruling.asset_class_id
          AND (report.asset_id IS NULL OR report.asset_id = asset.id)
          AND ST_DWithin(asset.geom_m, report.point_m, class.snap_distance_m + report.accuracy_m)))
GROUP BY decided.body_id
ORDER BY reports DESC, decided.body_id
