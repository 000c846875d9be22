-- Says of the stored things of a class that an asset import lacks that they are gone.
--
-- Parameters: %(class_id)s the asset class, %(since)s the first day without them,
--   %(recorded_at)s, %(source)s. A trigger keeps what they were (migration 0004).
UPDATE layers_asset AS stored
SET gone_on = %(since)s, recorded_at = %(recorded_at)s, source = %(source)s
WHERE stored.asset_class_id = %(class_id)s
  AND stored.gone_on IS NULL
  AND NOT EXISTS (SELECT FROM layers_asset_import AS fresh WHERE fresh.external_id = stored.external_id)
