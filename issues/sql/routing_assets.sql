-- What the assets of one class are and were, with their place in metres.
--
-- Parameters: %(asset_class)s, its id; %(known_at)s (null: as the records stand now).
-- Columns: asset_id, owner_id, is_city_body, valid_from and valid_to (days since
--   1970-01-01, null: no end), x, y (of points, in the city's metre SRID), geom_m (WKB,
--   of lines and areas), the other ones null.
WITH known AS (
    SELECT id, owner_id, geom_m, valid_from, NULL::date AS valid_to
    FROM layers_asset
    WHERE asset_class_id = %(asset_class)s AND gone_on IS NULL
      AND (%(known_at)s::timestamptz IS NULL OR recorded_at <= %(known_at)s::timestamptz)
    UNION ALL
    SELECT version.asset_id, version.owner_id, version.geom_m, version.valid_from, version.valid_to
    FROM layers_assetversion AS version
    JOIN layers_asset AS asset ON asset.id = version.asset_id
    WHERE asset.asset_class_id = %(asset_class)s
      AND CASE WHEN %(known_at)s::timestamptz IS NULL THEN version.superseded_at IS NULL
               ELSE tstzrange(version.recorded_at, version.superseded_at) @> %(known_at)s::timestamptz END
)
SELECT known.id, known.owner_id, body.kind <> 'outside', known.valid_from - '1970-01-01'::date,
       known.valid_to - '1970-01-01'::date,
       CASE WHEN GeometryType(geom_m) = 'POINT' THEN ST_X(geom_m) END,
       CASE WHEN GeometryType(geom_m) = 'POINT' THEN ST_Y(geom_m) END,
       CASE WHEN GeometryType(geom_m) <> 'POINT' THEN ST_AsBinary(geom_m) END
FROM known
JOIN layers_body AS body ON body.id = known.owner_id
