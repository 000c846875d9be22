-- Reports of one tile, merged by a 16 x 16 grid, each cluster at the mean of its
-- public points. As MVT.
--
-- The grid is that of the whole world, and the ring of cells around the tile is
-- merged too: a cluster near an edge is the same in both tiles, and its symbol is
-- drawn in both. Uses the GiST index on public_point (4326).
--
-- Parameters: those of report_filter.sql, the rectangle being the tile with its ring and
--   a little more; %(tiles)s tiles across the world, %(x)s %(y)s; %(tile_cells)s cells
--   across a tile; %(extent)s units across a tile; %(open_states)s; %(most_days)s.
-- Columns: the tile (bytea, empty without reports). MVT: layer reports; cluster
--   (true), count, open, median_days of the closed ones (to a tenth, %(most_days)s at most).
WITH located AS (
    SELECT
        -- In tiles from the tile's north-west corner.
        (ST_X(public_point) + 180) / 360 * %(tiles)s - %(x)s AS across,
        (0.5 - asinh(tan(radians(ST_Y(public_point)))) / (2 * pi())) * %(tiles)s - %(y)s AS down,
        state,
        extract(epoch FROM updated_datetime - requested_datetime)::float8 / 86400 AS days
    FROM issues_servicerequest
    {chosen}
),
cluster AS (
    SELECT
        floor(across * %(tile_cells)s) AS tile_column,
        floor(down * %(tile_cells)s) AS tile_row,
        avg(across) AS across,
        avg(down) AS down,
        count(*) AS count,
        count(*) FILTER (WHERE state = ANY (%(open_states)s::text[])) AS open,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY days) FILTER (WHERE state <> ALL (%(open_states)s::text[])) AS days
    FROM located
    GROUP BY 1, 2
),
feature AS (
    SELECT
        ST_MakePoint(round(across * %(extent)s), round(down * %(extent)s)) AS geom,
        true AS cluster,
        count,
        open,
        CASE WHEN days IS NOT NULL THEN round(least(days, %(most_days)s)::numeric, 1)::float8 END AS median_days
    FROM cluster
    WHERE tile_column BETWEEN -1 AND %(tile_cells)s AND tile_row BETWEEN -1 AND %(tile_cells)s
    ORDER BY tile_row, tile_column
)
SELECT ST_AsMVT(feature, 'reports', %(extent)s, 'geom') FROM feature
