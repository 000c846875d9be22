-- The zone of each open question and a key of its place, the same for all reports
-- of one overlap or one gap.
--
--   overlap  the part of the intersection of all claimants' areas in which the point
--            lies, without what a layer of higher rank decides there
--   gap      the part of the city without any deciding area in which the point lies,
--            within %(gap_window_m)s of its grid cell; one that reaches farther is cut
--            to the cell
--   disc     the circle of radius_m around the point; also where an overlap is but a line
--
-- Parameters, arrays of one length: %(kinds)s, %(service_ids)s, %(lons)s, %(lats)s
--   (EPSG:4326), %(radii_m)s, %(days)s, %(boundary_sets)s (of an overlap: one boundary
--   a body as '{1,2}', else '{}'); and %(srid)s, %(disc_cell_m)s, %(gap_cell_m)s,
--   %(gap_window_m)s.
-- Columns: question (1-based), place (text, unique among zones of one kind), is_disc,
--   zone (EWKB, EPSG:4326 MultiPolygon).
-- Each set of boundaries and each cell is computed once, however many reports ask.
WITH RECURSIVE asked AS MATERIALIZED (
    SELECT a.*, ST_SetSRID(ST_MakePoint(lon, lat), 4326) AS point,
           ST_Transform(ST_SetSRID(ST_MakePoint(lon, lat), 4326), %(srid)s) AS point_m
    FROM unnest(
        %(kinds)s::text[], %(service_ids)s::bigint[], %(lons)s::float8[], %(lats)s::float8[], %(radii_m)s::float8[],
        %(days)s::date[], %(boundary_sets)s::text[]
    ) WITH ORDINALITY AS a (kind, service_id, lon, lat, radius_m, day, boundary_set, question)
),
sets AS (
    SELECT boundary_set, boundary_set::bigint[] AS ids, min(service_id) AS service_id, min(day) AS day
    FROM asked WHERE kind = 'overlap' GROUP BY boundary_set
),
intersecting AS (
    SELECT sets.boundary_set, sets.ids, 1 AS done, boundary.geom::geometry AS geom
    FROM sets JOIN layers_boundary AS boundary ON boundary.id = sets.ids[1]
    UNION ALL
    SELECT partly.boundary_set, partly.ids, partly.done + 1,
           ST_CollectionExtract(ST_Intersection(partly.geom, boundary.geom), 3)
    FROM intersecting AS partly JOIN layers_boundary AS boundary ON boundary.id = partly.ids[partly.done + 1]
),
overlap_parts AS MATERIALIZED (
    SELECT whole.boundary_set, COALESCE(part.path[1], 1) AS number, part.geom -- a lone polygon has no path
    FROM intersecting AS whole CROSS JOIN LATERAL ST_Dump(whole.geom) AS part
    WHERE whole.done = cardinality(whole.ids) AND NOT ST_IsEmpty(part.geom)
),
overlaps_asked AS MATERIALIZED (
    SELECT DISTINCT ON (asked.question) asked.question, part.boundary_set, part.number
    FROM asked
    JOIN overlap_parts AS part ON part.boundary_set = asked.boundary_set AND ST_DWithin(part.geom, asked.point, 1e-9)
    WHERE asked.kind = 'overlap'
    ORDER BY asked.question, ST_Area(part.geom) DESC, part.number
),
overlap_zones AS MATERIALIZED (
    SELECT part.boundary_set, part.number,
           round(ST_X(spot)::numeric, 6) || ',' || round(ST_Y(spot)::numeric, 6) AS place,
           CASE WHEN ST_IsEmpty(rest) THEN ST_Multi(part.geom) ELSE ST_Multi(rest) END AS zone
    FROM overlap_parts AS part
    JOIN sets USING (boundary_set)
    CROSS JOIN LATERAL ST_PointOnSurface(part.geom) AS spot
    CROSS JOIN LATERAL (
        SELECT ST_Union(piece.geom) AS geom
        FROM layers_boundarypiece AS piece
        JOIN layers_boundary AS boundary ON boundary.id = piece.boundary_id
         AND boundary.superseded_at IS NULL AND boundary.valid_from <= sets.day
         AND (boundary.valid_to IS NULL OR sets.day < boundary.valid_to)
        JOIN layers_jurisdiction AS jurisdiction ON jurisdiction.id = boundary.jurisdiction_id
        JOIN layers_layer AS layer ON layer.id = jurisdiction.layer_id
        JOIN issues_service_layers AS deciding ON deciding.layer_id = layer.id AND deciding.service_id = sets.service_id
        WHERE piece.geom && part.geom
          AND layer.rank > (
              SELECT max(claiming.rank) FROM layers_boundary AS claimed
              JOIN layers_jurisdiction AS its ON its.id = claimed.jurisdiction_id
              JOIN layers_layer AS claiming ON claiming.id = its.layer_id
              WHERE claimed.id = ANY (sets.ids))
    ) AS higher
    CROSS JOIN LATERAL ST_CollectionExtract(
        ST_Difference(part.geom, COALESCE(higher.geom, 'SRID=4326;POLYGON EMPTY'::geometry)), 3) AS rest
    WHERE EXISTS (
        SELECT FROM overlaps_asked AS wanted
        WHERE wanted.boundary_set = part.boundary_set AND wanted.number = part.number)
),
gap_questions AS MATERIALIZED (
    SELECT asked.*,
           floor(ST_X(point_m) / %(gap_cell_m)s)::int AS cell_x, floor(ST_Y(point_m) / %(gap_cell_m)s)::int AS cell_y,
           (SELECT string_agg(layer_id::text, ',' ORDER BY layer_id)
            FROM issues_service_layers WHERE service_id = asked.service_id) AS layer_set
    FROM asked WHERE kind = 'gap'
),
cells AS (
    SELECT cell_x, cell_y, layer_set, min(service_id) AS service_id, min(day) AS day,
           ST_MakeEnvelope(cell_x * %(gap_cell_m)s, cell_y * %(gap_cell_m)s,
                           (cell_x + 1) * %(gap_cell_m)s, (cell_y + 1) * %(gap_cell_m)s, %(srid)s) AS cell_m
    FROM gap_questions GROUP BY cell_x, cell_y, layer_set
),
windows AS MATERIALIZED (
    SELECT cells.*, ST_Transform(ST_Segmentize(cell_m, 200), 4326) AS cell,
           ST_Transform(ST_Segmentize(ST_Expand(cell_m, %(gap_window_m)s), 200), 4326) AS around
    FROM cells
),
gap_parts AS MATERIALIZED (
    SELECT windows.cell_x, windows.cell_y, windows.layer_set, windows.cell, windows.around, part.geom
    FROM windows
    CROSS JOIN layers_city AS city
    CROSS JOIN LATERAL (
        SELECT ST_Union(ST_ClipByBox2D(piece.geom, ST_Expand(windows.around, 0.0001)::box2d)) AS geom
        FROM layers_boundarypiece AS piece
        JOIN layers_boundary AS boundary ON boundary.id = piece.boundary_id
         AND boundary.superseded_at IS NULL AND boundary.valid_from <= windows.day
         AND (boundary.valid_to IS NULL OR windows.day < boundary.valid_to)
        JOIN layers_jurisdiction AS jurisdiction ON jurisdiction.id = boundary.jurisdiction_id
        JOIN issues_service_layers AS deciding
          ON deciding.layer_id = jurisdiction.layer_id AND deciding.service_id = windows.service_id
        WHERE piece.geom && windows.around
    ) AS taken
    CROSS JOIN LATERAL ST_Dump(ST_CollectionExtract(
        ST_Difference(ST_Intersection(city.outline, windows.around),
                      COALESCE(taken.geom, 'SRID=4326;POLYGON EMPTY'::geometry)), 3)) AS part
),
gap_zones AS MATERIALIZED (
    SELECT part.cell_x, part.cell_y, part.layer_set, ST_Multi(zone) AS zone, ST_Centroid(zone) AS middle
    FROM gap_parts AS part
    CROSS JOIN LATERAL (
        SELECT CASE WHEN ST_Intersects(part.geom, ST_ExteriorRing(part.around))
                    THEN ST_CollectionExtract(ST_Intersection(part.geom, part.cell), 3)
                    ELSE part.geom END AS zone
    ) AS bounded
    WHERE NOT ST_IsEmpty(zone)
),
gaps AS (
    SELECT DISTINCT ON (asked.question) asked.question,
           round(ST_X(part.middle)::numeric, 6) || ',' || round(ST_Y(part.middle)::numeric, 6) AS place, part.zone
    FROM gap_questions AS asked
    JOIN gap_zones AS part
      ON part.cell_x = asked.cell_x AND part.cell_y = asked.cell_y
     AND part.layer_set IS NOT DISTINCT FROM asked.layer_set AND ST_DWithin(part.zone, asked.point, 1e-9)
    ORDER BY asked.question, ST_Area(part.zone) DESC
),
exact AS (
    SELECT wanted.question, overlap_zones.place, overlap_zones.zone
    FROM overlaps_asked AS wanted JOIN overlap_zones USING (boundary_set, number)
    UNION ALL
    SELECT question, place, zone FROM gaps
)
SELECT asked.question,
       COALESCE(exact.place,
                'near ' || floor(ST_X(asked.point_m) / %(disc_cell_m)s)::int
                || ',' || floor(ST_Y(asked.point_m) / %(disc_cell_m)s)::int) AS place,
       exact.zone IS NULL AS is_disc,
       COALESCE(exact.zone, ST_Multi(ST_Transform(ST_Buffer(asked.point_m, asked.radius_m, 16), 4326))) AS zone
FROM asked
LEFT JOIN exact ON exact.question = asked.question AND ST_IsValid(exact.zone) AND NOT ST_IsEmpty(exact.zone)
ORDER BY asked.question
