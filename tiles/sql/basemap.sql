-- The pack's own base map in one tile: an MVT layer for each kind of shape, lowest
-- rank first. Uses the GiST index on geom (4326).
--
-- Parameters: %(west)s %(south)s %(east)s %(north)s the tile with its buffer
--   (EPSG:4326); %(z)s %(x)s %(y)s; %(extent)s units across a tile, %(buffer)s
--   units around it; %(tolerance)s thinning in degrees.
-- Columns: the tile (bytea). MVT: layers land, water, park, landuse, building,
--   rail, street, border, place; rank, name, name_zh. A missing name is left out.
-- Materialized: else every geometry is made twice, once to see whether it is null.
WITH shape AS MATERIALIZED (
    SELECT
        basemap.id,
        basemap.kind,
        ST_AsMVTGeom(
            ST_Transform(ST_Simplify(ST_ClipByBox2D(basemap.geom, box.geom), %(tolerance)s, true), 3857),
            ST_TileEnvelope(%(z)s, %(x)s, %(y)s), %(extent)s, %(buffer)s
        ) AS geom,
        basemap.rank,
        nullif(coalesce(basemap.names ->> 'en', basemap_any.name), '') AS name,
        nullif(basemap.names ->> 'zh-hans', '') AS name_zh
    FROM ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326) AS box (geom)
    JOIN layers_basemapfeature AS basemap ON basemap.geom && box.geom
    LEFT JOIN LATERAL (SELECT value AS name FROM jsonb_each_text(basemap.names) LIMIT 1) AS basemap_any ON true
    WHERE basemap.min_zoom <= %(z)s
),
kind_layer AS (
    SELECT shape.kind, ST_AsMVT(feature, shape.kind, %(extent)s, 'geom' ORDER BY shape.rank, shape.id) AS mvt
    FROM shape
    CROSS JOIN LATERAL (SELECT shape.geom, shape.rank, shape.name, shape.name_zh) AS feature
    WHERE shape.geom IS NOT NULL
    GROUP BY shape.kind
)
SELECT coalesce(string_agg(mvt, ''::bytea ORDER BY kind), ''::bytea) FROM kind_layer
