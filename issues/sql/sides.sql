-- The areas between which the reporter is asked, as seen from the pin: what of each lies
-- around it, and in which direction.
--
-- Parameters: %(boundary_ids)s bigint[], smallest part of the accuracy disc first; %(lon)s %(lat)s
--   (EPSG:4326); %(srid)s the city's metre SRID; %(accuracy_m)s the disc's radius; %(view_m)s the
--   radius that is drawn.
-- Columns: boundary_id; east_m, north_m from the pin to the middle of the side's part of the disc;
--   geojson of what is drawn (EPSG:4326), svg (the same as path data in metres around the pin, y
--   downwards), label_x, label_y (metres, y downwards), label_lon, label_lat.
-- Where areas overlap, the earlier one (the smaller part) keeps the land and the later one is drawn
-- without it: "in the park" against "in the district, not in the park". An area with nothing left
-- of the disc has no row.
-- Indexes: GiST on layers_boundarypiece.geom_m, and its foreign key to the boundary.
WITH asked AS MATERIALIZED (
    SELECT pin_m, ST_Buffer(pin_m, %(accuracy_m)s, 16) AS disc_m, ST_Buffer(pin_m, %(view_m)s, 16) AS view_m
    FROM (SELECT ST_Transform(ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326), %(srid)s) AS pin_m) AS point
),
around AS MATERIALIZED (
    SELECT wanted.boundary_id, wanted.place,
           ST_UnaryUnion(ST_Collect(ST_CollectionExtract(ST_Intersection(piece.geom_m, asked.view_m), 3))) AS geom_m
    FROM asked
    CROSS JOIN unnest(%(boundary_ids)s::bigint[]) WITH ORDINALITY AS wanted (boundary_id, place)
    JOIN layers_boundarypiece AS piece
      ON piece.boundary_id = wanted.boundary_id AND ST_Intersects(piece.geom_m, asked.view_m)
    GROUP BY wanted.boundary_id, wanted.place
),
own AS MATERIALIZED (
    SELECT boundary_id, place,
           ST_CollectionExtract(
               COALESCE(ST_Difference(geom_m, (SELECT ST_Union(earlier.geom_m) FROM around AS earlier
                                               WHERE earlier.place < around.place)), geom_m), 3) AS geom_m
    FROM around
),
sides AS (
    SELECT own.boundary_id, own.place, own.geom_m, asked.pin_m,
           ST_Centroid(ST_Intersection(own.geom_m, asked.disc_m)) AS middle_m,
           -- Off the pin, where there is room: a letter on it would hide it.
           ST_PointOnSurface(CASE WHEN ST_Area(off_pin.part_m) > 0 THEN off_pin.part_m
                                  ELSE ST_Intersection(own.geom_m, asked.disc_m) END) AS label_m
    FROM own
    CROSS JOIN asked
    CROSS JOIN LATERAL (
        SELECT ST_Difference(ST_Intersection(own.geom_m, asked.disc_m),
                             ST_Buffer(asked.pin_m, %(accuracy_m)s / 2)) AS part_m
    ) AS off_pin
)
SELECT boundary_id,
       ST_X(middle_m) - ST_X(pin_m), ST_Y(middle_m) - ST_Y(pin_m),
       ST_AsGeoJSON(ST_Transform(geom_m, 4326), 6),
       ST_AsSVG(ST_Translate(geom_m, -ST_X(pin_m), -ST_Y(pin_m)), 0, 1),
       ST_X(label_m) - ST_X(pin_m), ST_Y(pin_m) - ST_Y(label_m),
       ST_X(ST_Transform(label_m, 4326)), ST_Y(ST_Transform(label_m, 4326))
FROM sides
WHERE NOT ST_IsEmpty(middle_m)
ORDER BY place
