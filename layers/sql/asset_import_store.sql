-- Stores an asset import: new ids are added, known ones follow their thing, equal ones are not written.
--
-- Parameters as in asset_import_compare.sql. A place that is off by no more than
--   %(moved_m)s stays as it is, so that a new survey does not rewrite the city.
INSERT INTO layers_asset AS stored (asset_class_id, external_id, owner_id, names, geom)
SELECT %(class_id)s, external_id, owner_id, names, geom
FROM layers_asset_import
ON CONFLICT (asset_class_id, external_id) DO UPDATE
SET owner_id = excluded.owner_id,
    names = stored.names || excluded.names,
    geom = CASE WHEN stored.geom = excluded.geom
                  OR ST_HausdorffDistance(stored.geom_m, ST_Transform(ST_Segmentize(excluded.geom, 0.001), %(srid)s))
                     <= %(moved_m)s
                THEN stored.geom ELSE excluded.geom END
WHERE stored.owner_id <> excluded.owner_id
   OR NOT stored.names @> excluded.names
   OR (NOT stored.geom = excluded.geom
       AND ST_HausdorffDistance(stored.geom_m, ST_Transform(ST_Segmentize(excluded.geom, 0.001), %(srid)s))
           > %(moved_m)s)
