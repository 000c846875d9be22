-- What a place is called: the nearest address, street or named place, and the area around it.
-- Parameters: %(lon)s %(lat)s (EPSG:4326), %(near_m)s, %(srid)s the city's metre SRID.
-- Columns: near, area: names by language, null where there is none.
-- Indexes: GiST on layers_basemapfeature.geom (box in degrees around the point) and
--   on layers_boundarypiece.geom.
WITH asked AS (
    SELECT ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326) AS point,
           ST_Transform(ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326), %(srid)s) AS point_m
),
box AS (
    SELECT point, ST_Transform(ST_Expand(point_m, %(near_m)s), 4326) AS around FROM asked
)
SELECT
    (SELECT CASE WHEN feature.address <> '' THEN jsonb_build_object('en', feature.address) ELSE feature.names END
     FROM layers_basemapfeature AS feature, box
     WHERE feature.geom && box.around
       AND feature.kind IN ('building', 'street', 'park', 'place')
       AND (feature.address <> '' OR feature.names <> '{}'::jsonb)
     ORDER BY feature.geom::geography <-> box.point::geography
     LIMIT 1) AS near,
    (SELECT jurisdiction.names
     FROM layers_boundarypiece AS piece
     JOIN layers_boundary AS boundary ON boundary.id = piece.boundary_id
      AND boundary.valid_to IS NULL AND boundary.superseded_at IS NULL
     JOIN layers_jurisdiction AS jurisdiction ON jurisdiction.id = boundary.jurisdiction_id
     JOIN layers_layer AS layer ON layer.id = jurisdiction.layer_id AND layer.is_public
     JOIN asked ON ST_Covers(piece.geom, asked.point)
     ORDER BY layer.rank, ST_Area(boundary.geom)
     LIMIT 1) AS area
