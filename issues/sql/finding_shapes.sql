-- Findings as a map draws them: the largest parts of each, thinned part by part.
--
-- The slivers along one shore are 6,000 parts with 50,000 vertices: nobody sees more than the largest.
--
-- Parameters: %(ids)s findings, %(parts)s how many parts of each, %(tolerance)s thinning in degrees.
-- Columns: id, GeoJSON (EPSG:4326, 6 decimals).
WITH part AS (
    SELECT finding.id, dumped.geom,
           row_number() OVER (PARTITION BY finding.id ORDER BY ST_Area(dumped.geom) DESC) AS number
    FROM issues_topologyfinding AS finding, ST_Dump(finding.geom) AS dumped
    WHERE finding.id = ANY (%(ids)s::bigint[])
)
SELECT id, ST_AsGeoJSON(ST_Collect(coalesce(ST_Simplify(geom, %(tolerance)s, true), geom)), 6)
FROM part
WHERE number <= %(parts)s
GROUP BY id
