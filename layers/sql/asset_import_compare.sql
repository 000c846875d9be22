-- What storing an asset import would do, counted.
--
-- Parameters: %(class_id)s the asset class, %(srid)s the city's metre SRID,
--   %(moved_m)s how far a thing must be from where it stood to have moved.
-- Columns: added, moved, changed (owner, a name that the file
--   gives, or back after it was gone; not the place), unchanged.
-- Index: the unique one on (asset_class_id, external_id).
SELECT count(*) FILTER (WHERE is_new),
       count(*) FILTER (WHERE NOT is_new AND has_moved),
       count(*) FILTER (WHERE NOT is_new AND NOT has_moved AND is_other),
       count(*) FILTER (WHERE NOT is_new AND NOT has_moved AND NOT is_other)
FROM (
    SELECT stored.id IS NULL AS is_new,
           stored.owner_id <> fresh.owner_id OR NOT stored.names @> fresh.names
           OR stored.gone_on IS NOT NULL AS is_other,
           -- Same bytes first: the distance of two street segments costs far more.
           NOT stored.geom = fresh.geom
           AND ST_HausdorffDistance(stored.geom_m, ST_Transform(ST_Segmentize(fresh.geom, 0.001), %(srid)s))
               > %(moved_m)s AS has_moved
    FROM layers_asset_import AS fresh
    LEFT JOIN layers_asset AS stored
      ON stored.asset_class_id = %(class_id)s AND stored.external_id = fresh.external_id
) AS compared
