-- The hotspots of one tile, joined to one shape a class: where there are too many
-- cells to send each of them. As MVT.
--
-- Parameters: as for hotspots.sql, without those two that choose between cells and area.
-- Columns: the tile (bytea, empty without cells). MVT: layer hotspots; pattern.
WITH joined AS (
    SELECT cell.pattern, ST_Union(cell.geom) AS geom
    FROM tiles_hotspotcell AS cell
    WHERE cell.layer_id = %(layer_id)s
      AND cell.geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)
      AND cell.pattern <> 'no_data'
    GROUP BY cell.pattern
),
feature AS MATERIALIZED (
    SELECT
        ST_AsMVTGeom(
            ST_Transform(ST_Simplify(geom, %(tolerance)s, true), 3857),
            ST_TileEnvelope(%(z)s, %(x)s, %(y)s), %(extent)s, %(buffer)s
        ) AS geom,
        pattern
    FROM joined
    ORDER BY pattern = 'not_significant' DESC, pattern
)
SELECT ST_AsMVT(feature, 'hotspots', %(extent)s, 'geom') FROM feature WHERE geom IS NOT NULL
