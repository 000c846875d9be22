-- The live case that already asks a report's question: the same group (cause and
-- claimants), and a zone that covers the point.
--
-- Parameters, arrays of one length: %(groups)s (the part of a case's key before its
--   place), %(lons)s, %(lats)s (EPSG:4326).
-- Columns: question (1-based), case_id. No case: no row; of several the oldest.
-- Indexes: GiST on issues_case.zone.
SELECT asked.question, found.id
FROM unnest(%(groups)s::text[], %(lons)s::float8[], %(lats)s::float8[])
     WITH ORDINALITY AS asked (group_key, lon, lat, question)
CROSS JOIN LATERAL (
    SELECT id
    FROM issues_case
    WHERE ST_Covers(zone, ST_SetSRID(ST_MakePoint(asked.lon, asked.lat), 4326))
      AND state IN ('open', 'appealed')
      AND starts_with(key, asked.group_key || ':')
    ORDER BY id
    LIMIT 1
) AS found
