-- How many of the chosen reports lie in each area of a layer, beside all reports of the same
-- days there and the area's size. Public points are counted (see planner_cells.sql).
--
-- A point on the edge of two pieces of one area counts once; one on the border of two areas
-- counts in both. Uses the GiST index on public_point.
--
-- Parameters: %(layer_id)s; %(day)s on which the areas are in force; %(service_ids)s
--   %(body_ids)s %(since)s %(before)s %(older_before)s null = all; %(states)s;
--   %(all_states)s for all reports; %(area)s WKT (EPSG:4326) or null.
-- Columns: boundary_id, count, everything, km2.
WITH inside AS MATERIALIZED (
    SELECT DISTINCT
        boundary.id AS boundary_id,
        report.id,
        report.state = ANY (%(states)s::text[])
            AND (%(service_ids)s::bigint[] IS NULL OR report.service_id = ANY (%(service_ids)s::bigint[]))
            AND (%(body_ids)s::bigint[] IS NULL OR report.body_id = ANY (%(body_ids)s::bigint[]))
            AND (%(older_before)s::timestamptz IS NULL
                 OR report.requested_datetime < %(older_before)s::timestamptz) AS chosen
    FROM layers_boundary AS boundary
    JOIN layers_jurisdiction AS jurisdiction ON jurisdiction.id = boundary.jurisdiction_id
    JOIN layers_boundarypiece AS piece ON piece.boundary_id = boundary.id
    JOIN issues_servicerequest AS report ON ST_Intersects(piece.geom, report.public_point)
    WHERE jurisdiction.layer_id = %(layer_id)s
      AND boundary.valid_from <= %(day)s
      AND (boundary.valid_to IS NULL OR boundary.valid_to > %(day)s)
      AND boundary.superseded_at IS NULL
      AND report.state = ANY (%(all_states)s::text[])
      AND (%(since)s::timestamptz IS NULL OR report.requested_datetime >= %(since)s::timestamptz)
      AND (%(before)s::timestamptz IS NULL OR report.requested_datetime < %(before)s::timestamptz)
      AND (%(area)s::text IS NULL OR ST_Intersects(report.public_point, ST_GeomFromText(%(area)s::text, 4326)))
),
counted AS (
    SELECT boundary_id, count(*) FILTER (WHERE chosen) AS chosen, count(*) AS everything
    FROM inside
    GROUP BY boundary_id
)
SELECT
    boundary.id,
    coalesce(counted.chosen, 0),
    coalesce(counted.everything, 0),
    ST_Area(boundary.geom_m) / 1e6
FROM layers_boundary AS boundary
JOIN layers_jurisdiction AS jurisdiction ON jurisdiction.id = boundary.jurisdiction_id
LEFT JOIN counted ON counted.boundary_id = boundary.id
WHERE jurisdiction.layer_id = %(layer_id)s
  AND boundary.valid_from <= %(day)s
  AND (boundary.valid_to IS NULL OR boundary.valid_to > %(day)s)
  AND boundary.superseded_at IS NULL
