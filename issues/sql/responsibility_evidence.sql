-- What speaks for which body at each asked place: rulings in force, assets within
-- reach, boundaries that cover the point or touch its accuracy disc, and where
-- nothing covers, the nearest boundaries; and which bodies have handed the report
-- back. Ids and numbers only; issues.routing judges them.
--
-- Parameters: arrays of one length, one element a question: %(service_ids)s,
--   %(lons)s %(lats)s (EPSG:4326), %(accuracies_m)s (0 = exact), %(asset_ids)s
--   (null = none chosen), %(days)s, %(known_at)s, %(service_request_ids)s (null = no
--   report yet: rulings of one report and hand-backs do not count); and %(srid)s the city's metre
--   SRID, %(chosen_limit_m)s how far a chosen asset may be,
--   %(nearest_limit_m)s how far to look when nothing covers.
-- Columns: question (1-based), kind, asset_id, boundary_id, body_id, is_city_body,
--   rank, covers, distance_m, share, chosen, ruling_id, scope, at (of a ruling:
--   when it was confirmed; of a hand-back: when it was made).
-- Indexes: GiST on layers_boundarypiece.geom_m, layers_asset.geom_m, layers_assetversion and
--   issues_ruling.zone; the foreign keys to the report. The asked point is transformed, never the column.
WITH asked AS MATERIALIZED (
    SELECT question, service_id, asset_id, accuracy_m, day, known_at, service_request_id, point, point_m,
           CASE WHEN accuracy_m > 0 THEN ST_Buffer(point_m, accuracy_m, 16) END AS disc_m
    FROM (
        SELECT *,
               ST_SetSRID(ST_MakePoint(lon, lat), 4326) AS point,
               ST_Transform(ST_SetSRID(ST_MakePoint(lon, lat), 4326), %(srid)s) AS point_m
        FROM unnest(
            %(service_ids)s::bigint[], %(lons)s::float8[], %(lats)s::float8[], %(accuracies_m)s::float8[],
            %(asset_ids)s::bigint[], %(days)s::date[], %(known_at)s::timestamptz[], %(service_request_ids)s::bigint[]
        ) WITH ORDINALITY
            AS a (service_id, lon, lat, accuracy_m, asset_id, day, known_at, service_request_id, question)
    ) AS parsed
),
assets_within_reach AS (
    SELECT asked.question, asset.id AS asset_id, class.id AS class_id, asset.owner_id AS body_id, asset.distance_m,
           asset.id IS NOT DISTINCT FROM asked.asset_id AS chosen
    FROM asked
    JOIN issues_service_asset_classes AS deciding ON deciding.service_id = asked.service_id
    JOIN layers_assetclass AS class ON class.id = deciding.assetclass_id
    CROSS JOIN LATERAL (
        SELECT CASE WHEN asked.asset_id IS NULL THEN class.snap_distance_m + asked.accuracy_m
                    ELSE GREATEST(class.snap_distance_m + asked.accuracy_m, %(chosen_limit_m)s) END AS within_m
        OFFSET 0
    ) AS reach
    CROSS JOIN LATERAL (
        -- The state in force, where it held on that day and was known at that moment …
        SELECT asset.id, asset.owner_id, ST_Distance(asset.geom_m, asked.point_m) AS distance_m
        FROM layers_asset AS asset
        -- + 0 keeps the index on the class out: with 5 million assets the planner would
        -- join a million of one class with the three that are near (170 ms against 0.1 ms).
        WHERE asset.asset_class_id + 0 = class.id
          AND asset.gone_on IS NULL
          AND asset.valid_from <= asked.day AND asset.recorded_at <= asked.known_at
          AND ST_DWithin(asset.geom_m, asked.point_m, reach.within_m)
        UNION ALL
        -- … or what the asset was, and where. Its GiST index holds place and both times
        -- (these very expressions: daterange(…, '[)') would be another index).
        SELECT version.asset_id, version.owner_id, ST_Distance(version.geom_m, asked.point_m)
        FROM layers_assetversion AS version
        JOIN layers_asset AS asset ON asset.id = version.asset_id AND asset.asset_class_id = class.id
        WHERE daterange(version.valid_from, version.valid_to) @> asked.day
          AND tstzrange(version.recorded_at, version.superseded_at) @> asked.known_at
          AND ST_DWithin(version.geom_m, asked.point_m, reach.within_m)
        OFFSET 0
    ) AS asset
    WHERE asset.id = asked.asset_id OR asset.distance_m <= class.snap_distance_m + asked.accuracy_m
),
rulings_in_force AS (
    -- A closed zone: a point on its edge is settled by it.
    SELECT asked.question, ruling.*
    FROM asked
    CROSS JOIN LATERAL (
        SELECT id AS ruling_id, body_id, scope, confirmed_at, service_id, asset_class_id,
               valid_from, expires_at, reversed_at
        FROM issues_ruling
        WHERE ST_Covers(zone, asked.point)
        UNION ALL
        -- A ruling of one report holds while the report asks the same.
        SELECT id, body_id, scope, confirmed_at, service_id, asset_class_id, valid_from, expires_at, reversed_at
        FROM issues_ruling
        WHERE service_request_id = asked.service_request_id AND ST_Equals(point, asked.point)
    ) AS ruling
    WHERE ruling.confirmed_at <= asked.known_at
      AND (ruling.reversed_at IS NULL OR asked.known_at < ruling.reversed_at)
      AND ruling.valid_from <= asked.day AND (ruling.expires_at IS NULL OR asked.day < ruling.expires_at)
      AND (ruling.service_id IS NULL OR ruling.service_id = asked.service_id)
      AND (ruling.asset_class_id IS NULL OR EXISTS (
            SELECT FROM assets_within_reach AS found
            WHERE found.question = asked.question AND found.class_id = ruling.asset_class_id
              AND (found.chosen OR asked.asset_id IS NULL)))
),
hand_backs AS (
    SELECT asked.question, back.body_id, max(back.at) AS at
    FROM asked
    JOIN issues_handback AS back
      ON back.service_request_id = asked.service_request_id AND back.service_id = asked.service_id
     AND ST_Equals(back.point, asked.point) AND back.at <= asked.known_at
    GROUP BY asked.question, back.body_id
),
pieces_near AS MATERIALIZED (
    -- Place first, by the GiST index, then who and when: the planner would walk
    -- all boundaries instead (16 ms against 0.3 ms), so OFFSET 0 holds it.
    -- 0.01 m: a point on an edge may miss every piece by a rounding, so pieces
    -- that near are asked again, exactly, with the whole polygon.
    SELECT asked.question, asked.service_id, asked.day, asked.known_at, piece.*
    FROM asked
    CROSS JOIN LATERAL (
        SELECT boundary_id, geom, geom_m
        FROM layers_boundarypiece
        WHERE geom_m && ST_Expand(asked.point_m, GREATEST(asked.accuracy_m, 0.01))
        OFFSET 0
    ) AS piece
),
pieces_deciding AS MATERIALIZED (
    SELECT near.question, near.boundary_id, near.geom, near.geom_m, jurisdiction.body_id, layer.rank
    FROM pieces_near AS near
    JOIN layers_boundary AS boundary
      ON boundary.id = near.boundary_id
     AND boundary.valid_from <= near.day AND (boundary.valid_to IS NULL OR near.day < boundary.valid_to)
     AND boundary.recorded_at <= near.known_at
     AND (boundary.superseded_at IS NULL OR near.known_at < boundary.superseded_at)
    JOIN layers_jurisdiction AS jurisdiction ON jurisdiction.id = boundary.jurisdiction_id
    JOIN issues_service_layers AS deciding
      ON deciding.layer_id = jurisdiction.layer_id AND deciding.service_id = near.service_id
    JOIN layers_layer AS layer ON layer.id = jurisdiction.layer_id
),
boundaries_touched AS (
    SELECT piece.question, piece.boundary_id, piece.body_id, piece.rank,
           bool_or(ST_Covers(piece.geom, asked.point)) AS in_a_piece,
           min(ST_Distance(piece.geom_m, asked.point_m)) AS distance_m,
           sum(CASE WHEN asked.accuracy_m > 0
                    THEN ST_Area(ST_Intersection(piece.geom_m, asked.disc_m)) / ST_Area(asked.disc_m) END) AS share
    FROM pieces_deciding AS piece
    JOIN asked ON asked.question = piece.question
    GROUP BY piece.question, piece.boundary_id, piece.body_id, piece.rank
),
boundaries_exact AS MATERIALIZED (
    SELECT touched.question, touched.boundary_id, touched.body_id, touched.rank, touched.distance_m, touched.share,
           touched.in_a_piece OR (touched.distance_m < 0.01 AND ST_Covers(boundary.geom, asked.point)) AS covers
    FROM boundaries_touched AS touched
    JOIN asked ON asked.question = touched.question
    JOIN layers_boundary AS boundary ON boundary.id = touched.boundary_id
),
uncovered AS (
    SELECT * FROM asked
    WHERE NOT EXISTS (
        SELECT FROM boundaries_exact AS found WHERE found.question = asked.question AND found.covers)
),
boundaries_nearest AS (
    SELECT uncovered.question, near.*
    FROM uncovered
    CROSS JOIN LATERAL (
        SELECT DISTINCT ON (closest.boundary_id) closest.*
        FROM (
            SELECT piece.boundary_id, jurisdiction.body_id, layer.rank,
                   piece.geom_m <-> uncovered.point_m AS distance_m
            FROM layers_boundarypiece AS piece
            JOIN layers_boundary AS boundary
              ON boundary.id = piece.boundary_id
             AND boundary.valid_from <= uncovered.day
             AND (boundary.valid_to IS NULL OR uncovered.day < boundary.valid_to)
             AND boundary.recorded_at <= uncovered.known_at
             AND (boundary.superseded_at IS NULL OR uncovered.known_at < boundary.superseded_at)
            JOIN layers_jurisdiction AS jurisdiction ON jurisdiction.id = boundary.jurisdiction_id
            JOIN layers_layer AS layer ON layer.id = jurisdiction.layer_id
            JOIN issues_service_layers AS deciding
              ON deciding.layer_id = layer.id AND deciding.service_id = uncovered.service_id
            WHERE ST_DWithin(piece.geom_m, uncovered.point_m, %(nearest_limit_m)s)
            ORDER BY piece.geom_m <-> uncovered.point_m
            LIMIT 12
        ) AS closest
        ORDER BY closest.boundary_id, closest.distance_m
    ) AS near
),
boundaries_found AS (
    SELECT question, boundary_id, body_id, rank, covers,
           CASE WHEN covers THEN 0 ELSE distance_m END AS distance_m,
           LEAST(COALESCE(share, CASE WHEN covers THEN 1 ELSE 0 END), 1) AS share
    FROM boundaries_exact
    -- Within a centimetre yet not covering, with no disc to touch: not evidence.
    WHERE covers OR share > 0
    UNION ALL
    SELECT question, boundary_id, body_id, rank, false, distance_m, 0
    FROM boundaries_nearest AS nearest
    WHERE NOT EXISTS (
        SELECT FROM boundaries_exact AS found
        WHERE found.question = nearest.question AND found.boundary_id = nearest.boundary_id AND found.share > 0)
)
SELECT found.question, 'asset' AS kind, found.asset_id, NULL::bigint AS boundary_id, found.body_id,
       body.kind <> 'outside' AS is_city_body, 0 AS rank, false AS covers, found.distance_m, 0::float8 AS share,
       found.chosen, NULL::bigint AS ruling_id, NULL AS scope, NULL::timestamptz AS at
FROM assets_within_reach AS found
JOIN layers_body AS body ON body.id = found.body_id
UNION ALL
SELECT found.question, 'boundary', NULL, found.boundary_id, body.id,
       body.kind <> 'outside', found.rank, found.covers, found.distance_m, found.share, false,
       NULL, NULL, NULL
FROM boundaries_found AS found
JOIN layers_body AS body ON body.id = found.body_id
UNION ALL
SELECT found.question, 'ruling', NULL, NULL, body.id, body.kind <> 'outside', 0, true, 0, 1, false,
       found.ruling_id, found.scope, found.confirmed_at
FROM rulings_in_force AS found
JOIN layers_body AS body ON body.id = found.body_id
UNION ALL
SELECT question, 'hand_back', NULL, NULL, body_id, true, 0, false, 0, 0, false, NULL, NULL, at
FROM hand_backs
