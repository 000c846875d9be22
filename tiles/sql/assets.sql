-- Every asset of one tile and its buffer as it was on some day of a span, as known
-- now, with its owner then: moved or sold within the span it comes as often as it
-- changed. As MVT, or null when there are more than %(cap)s: then
-- asset_clusters.sql is asked instead. Uses the GiST indexes on geom (4326).
--
-- Parameters: %(west)s %(south)s %(east)s %(north)s the tile with its buffer
--   (EPSG:4326); %(z)s %(x)s %(y)s; %(extent)s units across a tile, %(buffer)s
--   units around it; %(tolerance)s thinning in degrees; %(cap)s;
--   %(asset_class_ids)s %(body_ids)s (owners) null = all; %(first_day)s %(last_day)s.
-- Columns: the tile (bytea). MVT: layer assets; cluster (false), id, class,
--   external_id, name, owner, owner_name, owner_name_zh, color. A missing name
--   is left out.
WITH found AS MATERIALIZED (
    SELECT id, asset_class_id, owner_id, external_id, names, geom
    FROM layers_asset
    WHERE geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)
      AND (%(asset_class_ids)s::bigint[] IS NULL OR asset_class_id = ANY (%(asset_class_ids)s::bigint[]))
      AND (%(body_ids)s::bigint[] IS NULL OR owner_id = ANY (%(body_ids)s::bigint[]))
      AND gone_on IS NULL AND valid_from <= %(last_day)s
    UNION ALL
    SELECT asset.id, asset.asset_class_id, version.owner_id, asset.external_id, asset.names, version.geom
    FROM layers_assetversion AS version
    JOIN layers_asset AS asset ON asset.id = version.asset_id
    WHERE version.geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)
      AND (%(asset_class_ids)s::bigint[] IS NULL OR asset.asset_class_id = ANY (%(asset_class_ids)s::bigint[]))
      AND (%(body_ids)s::bigint[] IS NULL OR version.owner_id = ANY (%(body_ids)s::bigint[]))
      AND version.superseded_at IS NULL AND version.valid_from <= %(last_day)s AND version.valid_to > %(first_day)s
    LIMIT %(cap)s + 1
),
-- Materialized: else every geometry is made twice, once to see whether it is null.
feature AS MATERIALIZED (
    SELECT
        ST_AsMVTGeom(
            ST_Transform(
                ST_Simplify(
                    ST_ClipByBox2D(
                        asset.geom, ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)
                    ),
                    %(tolerance)s, true
                ),
                3857
            ),
            ST_TileEnvelope(%(z)s, %(x)s, %(y)s), %(extent)s, %(buffer)s
        ) AS geom,
        false AS cluster,
        asset.id,
        asset_class.slug AS class,
        asset.external_id,
        nullif(coalesce(asset.names ->> 'en', asset_any.name), '') AS name,
        owner.slug AS owner,
        nullif(coalesce(owner.names ->> 'en', owner_any.name), '') AS owner_name,
        nullif(owner.names ->> 'zh-hans', '') AS owner_name_zh,
        owner.color
    FROM found AS asset
    JOIN layers_assetclass AS asset_class ON asset_class.id = asset.asset_class_id
    JOIN layers_body AS owner ON owner.id = asset.owner_id
    LEFT JOIN LATERAL (SELECT value AS name FROM jsonb_each_text(asset.names) LIMIT 1) AS asset_any ON true
    LEFT JOIN LATERAL (SELECT value AS name FROM jsonb_each_text(owner.names) LIMIT 1) AS owner_any ON true
    ORDER BY asset.id
)
SELECT CASE
    WHEN (SELECT count(*) FROM found) <= %(cap)s
    THEN (SELECT ST_AsMVT(feature, 'assets', %(extent)s, 'geom') FROM feature WHERE geom IS NOT NULL)
END
