-- Rulings in force, and hand-backs, as known at a moment; on whatever days they hold.
--
-- Parameters: %(known_at)s (null: as the records stand; a writer's clock may be ahead of ours).
-- Columns: ruling_id (null: a hand-back), body_id, is_city_body, scope, at (when it was
--   confirmed or handed back), service_id and asset_class_id (null: any), valid_from,
--   expires_at (null: no end), zone (WKB, EPSG:4326) or service_request_id, lon and lat.
SELECT ruling.id, body.id, body.kind <> 'outside', ruling.scope, ruling.confirmed_at, ruling.service_id,
       ruling.asset_class_id, ruling.valid_from, ruling.expires_at, ST_AsBinary(ruling.zone),
       ruling.service_request_id, ST_X(ruling.point), ST_Y(ruling.point)
FROM issues_ruling AS ruling
JOIN layers_body AS body ON body.id = ruling.body_id
WHERE CASE WHEN %(known_at)s::timestamptz IS NULL THEN ruling.reversed_at IS NULL
           ELSE ruling.confirmed_at <= %(known_at)s::timestamptz
                AND (ruling.reversed_at IS NULL OR %(known_at)s::timestamptz < ruling.reversed_at) END
UNION ALL
SELECT NULL, back.body_id, true, NULL, max(back.at), back.service_id, NULL, NULL, NULL, NULL,
       back.service_request_id, ST_X(back.point), ST_Y(back.point)
FROM issues_handback AS back
WHERE %(known_at)s::timestamptz IS NULL OR back.at <= %(known_at)s::timestamptz
GROUP BY back.service_request_id, back.body_id, back.service_id, back.point
ORDER BY 1 NULLS LAST
