-- The cells of one computed hotspot layer in one tile. As MVT, or null when there
-- are more than %(cap)s: then hotspot_patterns.sql is asked instead.
--
-- From the zoom at which a cell can be told from its neighbour (%(single)s), every
-- cell comes; below, cells of no significance come as one shape, the tested area.
-- Uses the GiST index on geom (4326) together with the one on layer_id.
--
-- Parameters: %(west)s %(south)s %(east)s %(north)s the tile with its buffer
--   (EPSG:4326); %(z)s %(x)s %(y)s; %(extent)s units across a tile, %(buffer)s
--   units around it; %(tolerance)s thinning in degrees; %(layer_id)s; %(single)s;
--   %(cap)s.
-- Columns: the tile (bytea, empty without cells). MVT: layer hotspots; pattern, and
--   of single cells id, count, around_count, expected, z, p, q.
WITH box AS (
    SELECT ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326) AS geom
),
found AS MATERIALIZED (
    SELECT cell.*
    FROM tiles_hotspotcell AS cell, box
    WHERE cell.layer_id = %(layer_id)s
      AND cell.geom && box.geom
      AND (%(single)s OR cell.pattern NOT IN ('not_significant', 'no_data'))
    LIMIT %(cap)s + 1
),
feature AS MATERIALIZED (
    SELECT
        ST_AsMVTGeom(
            ST_Transform(ST_Simplify(ST_ClipByBox2D(layer.area, box.geom), %(tolerance)s, true), 3857),
            ST_TileEnvelope(%(z)s, %(x)s, %(y)s), %(extent)s, %(buffer)s
        ) AS geom,
        'not_significant' AS pattern,
        null::bigint AS id,
        null::int AS count,
        null::int AS around_count,
        null::float8 AS expected,
        null::float8 AS z,
        null::float8 AS p,
        null::float8 AS q
    FROM tiles_hotspotlayer AS layer, box
    WHERE layer.id = %(layer_id)s AND NOT %(single)s
    UNION ALL
    SELECT * FROM (
        SELECT
            ST_AsMVTGeom(
                ST_Transform(geom, 3857), ST_TileEnvelope(%(z)s, %(x)s, %(y)s), %(extent)s, %(buffer)s
            ),
            pattern, id, count, around_count, expected, z, p, q
        FROM found
        ORDER BY id
    ) AS single
)
SELECT CASE
    WHEN (SELECT count(*) FROM found) <= %(cap)s
    THEN (SELECT ST_AsMVT(feature, 'hotspots', %(extent)s, 'geom') FROM feature WHERE geom IS NOT NULL)
END
