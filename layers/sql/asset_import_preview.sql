-- Things that storing an asset import would add or move, with both places: some of them, for a map.
--
-- Parameters: %(class_id)s, %(srid)s, %(moved_m)s as in asset_import_compare.sql; %(limit)s how many of each kind.
-- Columns: kind (added, moved, vanished), external_id, before and after as WKB or NULL (EPSG:4326).
WITH compared AS (
    SELECT CASE WHEN stored.id IS NULL THEN 'added' ELSE 'moved' END AS kind,
           fresh.external_id, stored.geom AS before, fresh.geom AS after
    FROM layers_asset_import AS fresh
    LEFT JOIN layers_asset AS stored
      ON stored.asset_class_id = %(class_id)s AND stored.external_id = fresh.external_id
    WHERE stored.id IS NULL
       OR (NOT stored.geom = fresh.geom
           AND ST_HausdorffDistance(stored.geom_m, ST_Transform(ST_Segmentize(fresh.geom, 0.001), %(srid)s))
               > %(moved_m)s)
    UNION ALL
    SELECT 'vanished', stored.external_id, stored.geom, NULL
    FROM layers_asset AS stored
    WHERE stored.asset_class_id = %(class_id)s
      AND stored.gone_on IS NULL
      AND NOT EXISTS (SELECT FROM layers_asset_import AS fresh WHERE fresh.external_id = stored.external_id)
), numbered AS (
    SELECT kind, external_id, before, after,
           row_number() OVER (PARTITION BY kind ORDER BY external_id) AS number
    FROM compared
)
SELECT kind, external_id, ST_AsBinary(before), ST_AsBinary(after)
FROM numbered
WHERE number <= %(limit)s
ORDER BY kind, external_id
