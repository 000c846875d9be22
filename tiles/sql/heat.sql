-- How many reports lie in each of the 64 x 64 cells of one tile? As MVT.
--
-- Every report is in exactly one cell of one tile: the cell is computed from the
-- public point alone, with half-open edges, and never by comparing with a box.
-- The box only lets the GiST index on public_point (4326) serve; it is one cell
-- larger than the tile, so that rounding never hides a report.
--
-- Parameters: %(west)s %(south)s %(east)s %(north)s the box (EPSG:4326);
--   %(cells)s cells across the world; %(first_column)s %(first_row)s of this tile;
--   %(tile_cells)s cells across the tile, %(cell_units)s tile units across a cell;
--   %(service_ids)s %(body_ids)s %(since)s %(before)s null = all;
--   %(states)s, %(open_states)s.
-- Columns: the tile (bytea, empty without reports). MVT: layer heat; count, open.
WITH located AS (
    SELECT
        least(floor((ST_X(public_point) + 180) / 360 * %(cells)s), %(cells)s - 1)::bigint AS map_column,
        floor((0.5 - asinh(tan(radians(ST_Y(public_point)))) / (2 * pi())) * %(cells)s)::bigint AS map_row,
        state
    FROM issues_servicerequest
    WHERE public_point && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)
      AND state = ANY (%(states)s::text[])
      AND (%(service_ids)s::bigint[] IS NULL OR service_id = ANY (%(service_ids)s::bigint[]))
      AND (%(body_ids)s::bigint[] IS NULL OR body_id = ANY (%(body_ids)s::bigint[]))
      AND (%(since)s::timestamptz IS NULL OR requested_datetime >= %(since)s::timestamptz)
      AND (%(before)s::timestamptz IS NULL OR requested_datetime < %(before)s::timestamptz)
),
cell AS (
    SELECT
        map_column - %(first_column)s AS tile_column,
        map_row - %(first_row)s AS tile_row,
        count(*) AS count,
        count(*) FILTER (WHERE state = ANY (%(open_states)s::text[])) AS open
    FROM located
    WHERE map_column >= %(first_column)s AND map_column < %(first_column)s + %(tile_cells)s
      AND map_row >= %(first_row)s AND map_row < %(first_row)s + %(tile_cells)s
    GROUP BY 1, 2
),
feature AS (
    SELECT
        ST_MakePoint((tile_column + 0.5) * %(cell_units)s, (tile_row + 0.5) * %(cell_units)s) AS geom,
        count,
        open
    FROM cell
    ORDER BY tile_row, tile_column
)
SELECT ST_AsMVT(feature, 'heat', %(extent)s, 'geom') FROM feature
