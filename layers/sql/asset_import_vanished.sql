-- Stored things of a class, not known to be gone, that an asset import lacks.
--
-- Parameters: %(class_id)s the asset class, %(limit)s how many to list.
-- Columns: external_id, how many there are in all.
SELECT stored.external_id, count(*) OVER ()
FROM layers_asset AS stored
WHERE stored.asset_class_id = %(class_id)s
  AND stored.gone_on IS NULL
  AND NOT EXISTS (SELECT FROM layers_asset_import AS fresh WHERE fresh.external_id = stored.external_id)
ORDER BY stored.external_id
LIMIT %(limit)s
