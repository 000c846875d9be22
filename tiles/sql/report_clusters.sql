-- Reports of one tile, merged by a 16 x 16 grid, each cluster at the mean of its
-- public points. As MVT.
--
-- The grid is that of the whole world, and the ring of cells around the tile is
-- merged too: a cluster near an edge is the same in both tiles, and its symbol is
-- drawn in both. Uses the GiST index on public_point (4326).
--
-- Parameters: %(west)s %(south)s %(east)s %(north)s the tile with its ring and a
--   little more (EPSG:4326); %(tiles)s tiles across the world, %(x)s %(y)s;
--   %(tile_cells)s cells across a tile; %(extent)s units across a tile;
--   %(private_ids)s services left out; %(service_ids)s %(body_ids)s %(since)s %(before)s null = all;
--   %(states)s, %(open_states)s.
-- Columns: the tile (bytea, empty without reports). MVT: layer reports; cluster
--   (true), count, open.
WITH located AS (
    SELECT
        -- In tiles from the tile's north-west corner.
        (ST_X(public_point) + 180) / 360 * %(tiles)s - %(x)s AS across,
        (0.5 - asinh(tan(radians(ST_Y(public_point)))) / (2 * pi())) * %(tiles)s - %(y)s AS down,
        state
    FROM issues_servicerequest
    WHERE public_point && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)
      AND state = ANY (%(states)s::text[])
      AND service_id <> ALL (%(private_ids)s::bigint[])
      AND (%(service_ids)s::bigint[] IS NULL OR service_id = ANY (%(service_ids)s::bigint[]))
      AND (%(body_ids)s::bigint[] IS NULL OR body_id = ANY (%(body_ids)s::bigint[]))
      AND (%(since)s::timestamptz IS NULL OR requested_datetime >= %(since)s::timestamptz)
      AND (%(before)s::timestamptz IS NULL OR requested_datetime < %(before)s::timestamptz)
),
cluster AS (
    SELECT
        floor(across * %(tile_cells)s) AS tile_column,
        floor(down * %(tile_cells)s) AS tile_row,
        avg(across) AS across,
        avg(down) AS down,
        count(*) AS count,
        count(*) FILTER (WHERE state = ANY (%(open_states)s::text[])) AS open
    FROM located
    GROUP BY 1, 2
),
feature AS (
    SELECT
        ST_MakePoint(round(across * %(extent)s), round(down * %(extent)s)) AS geom,
        true AS cluster,
        count,
        open
    FROM cluster
    WHERE tile_column BETWEEN -1 AND %(tile_cells)s AND tile_row BETWEEN -1 AND %(tile_cells)s
    ORDER BY tile_row, tile_column
)
SELECT ST_AsMVT(feature, 'reports', %(extent)s, 'geom') FROM feature
