-- Which area of each layer covers each asked point on its day, as the records stand now.
--
-- Parameters: arrays of one length: %(lons)s, %(lats)s (EPSG:4326), %(days)s; and
--   %(srid)s the city's metre SRID.
-- Columns: question (1-based), layer_id, jurisdiction_id; the lowest jurisdiction
--   where two of one layer cover (a point on a border). Uncovered: no row.
-- Indexes: GiST on layers_boundarypiece.geom_m; the point is transformed, never the column.
SELECT asked.question, jurisdiction.layer_id, min(jurisdiction.id)
FROM (
    SELECT question, day, ST_SetSRID(ST_MakePoint(lon, lat), 4326) AS point,
           ST_Transform(ST_SetSRID(ST_MakePoint(lon, lat), 4326), %(srid)s) AS point_m
    FROM unnest(%(lons)s::float8[], %(lats)s::float8[], %(days)s::date[])
        WITH ORDINALITY AS a (lon, lat, day, question)
) AS asked
CROSS JOIN LATERAL (
    -- OFFSET 0: place first, by the index (see responsibility_evidence.sql).
    SELECT boundary_id, geom FROM layers_boundarypiece WHERE geom_m && asked.point_m OFFSET 0
) AS piece
JOIN layers_boundary AS boundary ON boundary.id = piece.boundary_id
JOIN layers_jurisdiction AS jurisdiction ON jurisdiction.id = boundary.jurisdiction_id
WHERE ST_Covers(piece.geom, asked.point)
  AND boundary.valid_from <= asked.day AND (boundary.valid_to IS NULL OR asked.day < boundary.valid_to)
  AND boundary.superseded_at IS NULL
GROUP BY asked.question, jurisdiction.layer_id
