-- The areas that some jurisdictions are, and those in force whose polygon is, point for point, one that these ever had.
--
-- One finding holds all pairs of areas of the same two polygons, so a change of
-- one area changes the findings of its twins, too.
--
-- Parameters: %(jurisdictions)s ids.
-- Columns: layer (slug), code.
SELECT layer.slug, jurisdiction.code
FROM layers_jurisdiction AS jurisdiction
JOIN layers_layer AS layer ON layer.id = jurisdiction.layer_id
WHERE jurisdiction.id = ANY (%(jurisdictions)s::bigint[])
   OR EXISTS (
        SELECT
        FROM layers_boundary AS boundary
        JOIN layers_boundary AS changed
          ON changed.geom = boundary.geom AND changed.jurisdiction_id = ANY (%(jurisdictions)s::bigint[])
        WHERE boundary.jurisdiction_id = jurisdiction.id AND boundary.superseded_at IS NULL)
