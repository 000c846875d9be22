-- The assets of one class, with their place in metres.
--
-- Parameters: %(asset_class)s, its id.
-- Columns: asset_id, owner_id, is_city_body, x, y (of points, in the city's metre SRID),
--   geom_m (WKB, of lines and areas), the other ones null.
SELECT asset.id, asset.owner_id, body.kind <> 'outside',
       CASE WHEN GeometryType(asset.geom_m) = 'POINT' THEN ST_X(asset.geom_m) END,
       CASE WHEN GeometryType(asset.geom_m) = 'POINT' THEN ST_Y(asset.geom_m) END,
       CASE WHEN GeometryType(asset.geom_m) <> 'POINT' THEN ST_AsBinary(asset.geom_m) END
FROM layers_asset AS asset
JOIN layers_body AS body ON body.id = asset.owner_id
WHERE asset.asset_class_id = %(asset_class)s
