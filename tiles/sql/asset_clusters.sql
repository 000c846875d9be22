-- Assets of one tile in a span of days as known now, as in assets.sql, merged by class and a 16 x 16 grid, each cluster at the mean
-- of the middles of its assets' boxes. As MVT; asked when a tile holds too many
-- to draw one by one. An asset is counted in one cell only, also a long one. The
-- ring of cells around the tile is merged too, as in report_clusters.sql.
-- Uses the GiST indexes on geom (4326).
--
-- Parameters: %(west)s %(south)s %(east)s %(north)s the tile with its ring and a
--   little more (EPSG:4326); %(tiles)s tiles across the world, %(x)s %(y)s;
--   %(tile_cells)s cells across a tile; %(extent)s units across a tile;
--   %(asset_class_ids)s %(body_ids)s (owners) null = all; %(first_day)s %(last_day)s.
-- Columns: the tile (bytea). MVT: layer assets; cluster (true), count, class.
WITH found AS (
    SELECT geom, asset_class_id
    FROM layers_asset
    WHERE geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)
      AND (%(asset_class_ids)s::bigint[] IS NULL OR asset_class_id = ANY (%(asset_class_ids)s::bigint[]))
      AND (%(body_ids)s::bigint[] IS NULL OR owner_id = ANY (%(body_ids)s::bigint[]))
      AND gone_on IS NULL AND valid_from <= %(last_day)s
    UNION ALL
    SELECT version.geom, asset.asset_class_id
    FROM layers_assetversion AS version
    JOIN layers_asset AS asset ON asset.id = version.asset_id
    WHERE version.geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)
      AND (%(asset_class_ids)s::bigint[] IS NULL OR asset.asset_class_id = ANY (%(asset_class_ids)s::bigint[]))
      AND (%(body_ids)s::bigint[] IS NULL OR version.owner_id = ANY (%(body_ids)s::bigint[]))
      AND version.superseded_at IS NULL AND version.valid_from <= %(last_day)s AND version.valid_to > %(first_day)s
),
middle AS (
    SELECT
        (ST_XMin(geom) + ST_XMax(geom)) / 2 AS lon,
        (ST_YMin(geom) + ST_YMax(geom)) / 2 AS lat,
        asset_class_id
    FROM found
),
located AS (
    SELECT
        -- In tiles from the tile's north-west corner.
        (lon + 180) / 360 * %(tiles)s - %(x)s AS across,
        (0.5 - asinh(tan(radians(lat))) / (2 * pi())) * %(tiles)s - %(y)s AS down,
        asset_class_id
    FROM middle
),
cluster AS (
    SELECT
        floor(across * %(tile_cells)s) AS tile_column,
        floor(down * %(tile_cells)s) AS tile_row,
        asset_class_id,
        avg(across) AS across,
        avg(down) AS down,
        count(*) AS count
    FROM located
    GROUP BY 1, 2, 3
),
feature AS (
    SELECT
        ST_MakePoint(round(across * %(extent)s), round(down * %(extent)s)) AS geom,
        true AS cluster,
        count,
        asset_class.slug AS class
    FROM cluster
    JOIN layers_assetclass AS asset_class ON asset_class.id = cluster.asset_class_id
    WHERE tile_column BETWEEN -1 AND %(tile_cells)s AND tile_row BETWEEN -1 AND %(tile_cells)s
    ORDER BY tile_row, tile_column, asset_class.slug
)
SELECT ST_AsMVT(feature, 'assets', %(extent)s, 'geom') FROM feature
