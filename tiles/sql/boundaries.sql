-- The boundaries of one tile that are in force on some day of a span, as known now. As MVT.
--
-- Each polygon is cut to the tile, thinned to what can be seen and only then
-- projected. Thinning moves a border by less than one unit (1/16 px of a 256 px
-- tile), so that no gap shows between neighbours. Uses the GiST index on geom (4326).
--
-- Parameters: %(west)s %(south)s %(east)s %(north)s the tile with its buffer
--   (EPSG:4326); %(z)s %(x)s %(y)s; %(extent)s units across a tile, %(buffer)s
--   units around it; %(tolerance)s thinning in degrees; %(layer_ids)s public
--   layers; %(body_ids)s null = all; %(first_day)s %(last_day)s.
-- Columns: the tile (bytea). MVT: layer boundaries; id, layer, code, name,
--   name_zh, body, body_name, body_name_zh, color. A missing name is left out.
-- Materialized: else every geometry is made twice, once to see whether it is null.
WITH feature AS MATERIALIZED (
    SELECT
        ST_AsMVTGeom(
            ST_Transform(ST_Simplify(ST_ClipByBox2D(boundary.geom, box.geom), %(tolerance)s, true), 3857),
            ST_TileEnvelope(%(z)s, %(x)s, %(y)s), %(extent)s, %(buffer)s
        ) AS geom,
        boundary.id,
        layer.slug AS layer,
        jurisdiction.code,
        nullif(coalesce(jurisdiction.names ->> 'en', jurisdiction_any.name), '') AS name,
        nullif(jurisdiction.names ->> 'zh-hans', '') AS name_zh,
        body.slug AS body,
        nullif(coalesce(body.names ->> 'en', body_any.name), '') AS body_name,
        nullif(body.names ->> 'zh-hans', '') AS body_name_zh,
        body.color
    FROM ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326) AS box (geom)
    JOIN layers_boundary AS boundary ON boundary.geom && box.geom
    JOIN layers_jurisdiction AS jurisdiction ON jurisdiction.id = boundary.jurisdiction_id
    JOIN layers_layer AS layer ON layer.id = jurisdiction.layer_id
    JOIN layers_body AS body ON body.id = jurisdiction.body_id
    LEFT JOIN LATERAL (
        SELECT value AS name FROM jsonb_each_text(jurisdiction.names) LIMIT 1
    ) AS jurisdiction_any ON true
    LEFT JOIN LATERAL (SELECT value AS name FROM jsonb_each_text(body.names) LIMIT 1) AS body_any ON true
    WHERE layer.id = ANY (%(layer_ids)s::bigint[])
      AND (%(body_ids)s::bigint[] IS NULL OR body.id = ANY (%(body_ids)s::bigint[]))
      AND boundary.valid_from <= %(last_day)s
      AND (boundary.valid_to IS NULL OR boundary.valid_to > %(first_day)s)
      AND boundary.superseded_at IS NULL
    ORDER BY layer.rank, layer.slug, boundary.id
)
SELECT ST_AsMVT(feature, 'boundaries', %(extent)s, 'geom') FROM feature WHERE geom IS NOT NULL
