-- The things of one class that stood there on a day, by their id at the source.
--
-- Parameters: %(class_id)s; %(day)s; %(known_at)s as the records stood then (null = now).
-- Columns: external_id, names (jsonb), owner_id, valid_from, valid_to, source, geom (WKB, EPSG:4326).
-- Reads the class once: a file holds all of it. Only the state in force or one version can hold that day.
SELECT asset.external_id, asset.names, state.owner_id, state.valid_from, state.valid_to, state.source,
       ST_AsBinary(state.geom)
FROM layers_asset AS asset
JOIN (
    SELECT id AS asset_id, owner_id, valid_from, NULL::date AS valid_to, source, geom
    FROM layers_asset
    WHERE asset_class_id = %(class_id)s AND gone_on IS NULL AND valid_from <= %(day)s
      AND (%(known_at)s::timestamptz IS NULL OR recorded_at <= %(known_at)s)
    UNION ALL
    SELECT version.asset_id, version.owner_id, version.valid_from, version.valid_to, version.source, version.geom
    FROM layers_assetversion AS version
    WHERE version.valid_from <= %(day)s AND (version.valid_to IS NULL OR version.valid_to > %(day)s)
      AND CASE WHEN %(known_at)s::timestamptz IS NULL THEN version.superseded_at IS NULL
               ELSE version.recorded_at <= %(known_at)s
                    AND (version.superseded_at IS NULL OR version.superseded_at > %(known_at)s) END
) AS state ON state.asset_id = asset.id
WHERE asset.asset_class_id = %(class_id)s
ORDER BY asset.external_id
