-- Past settled answers that may vote on one question: those nearby, and the latest of the service anywhere.
--
-- Only of services whose places are public. Settled: decided by a ruling that is not reversed, or accepted by the body and never handed back.
-- Parameters: %(service_id)s, %(lon)s, %(lat)s (EPSG:4326), %(srid)s the city's metre
--   SRID, %(before)s (timestamptz), %(except_id)s the asking report or null,
--   %(accepted_states)s, %(around)s how many reports around the place to look
--   through, %(radius_m)s how far, %(latest)s how many of the service.
--   %(hand_back_reach_m)s how near to the place a hand-back speaks about it.
-- Columns: body_id, x_m, y_m, days_ago, group_id, service_id, is_city_body,
--   asked_group_id (of the asking service), handed_back_here
--   (the body handed back a report of this service so near to the place).
-- Cost is bounded by %(around)s + %(latest)s whatever the number of reports: the first
--   branch walks the GiST index on point_m outwards, the second the index on
--   (service_id, requested_datetime) backwards.
WITH place AS MATERIALIZED (
    SELECT ST_Transform(ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326), %(srid)s) AS point_m
),
around AS (
    SELECT near.*
    FROM place
    CROSS JOIN LATERAL (
        SELECT request.id, request.body_id, request.state, request.service_id, request.requested_datetime,
               request.point_m
        FROM issues_servicerequest AS request
        WHERE ST_DWithin(request.point_m, place.point_m, %(radius_m)s)
        ORDER BY request.point_m <-> place.point_m
        LIMIT %(around)s
    ) AS near
),
latest AS (
    SELECT request.id, request.body_id, request.state, request.service_id, request.requested_datetime, request.point_m
    FROM issues_servicerequest AS request
    WHERE request.service_id = %(service_id)s AND request.requested_datetime < %(before)s
    ORDER BY request.requested_datetime DESC
    LIMIT %(latest)s
),
possible AS (
    -- The columns come along: looking 700 rows up again by id costs a third of the statement.
    SELECT * FROM around
    UNION ALL
    SELECT * FROM latest WHERE id NOT IN (SELECT id FROM around)
),
refusing AS MATERIALIZED (
    SELECT DISTINCT back.body_id
    FROM place
    JOIN issues_servicerequest AS request ON ST_DWithin(request.point_m, place.point_m, %(hand_back_reach_m)s)
    JOIN issues_handback AS back ON back.service_request_id = request.id
    WHERE back.service_id = %(service_id)s AND back.at < %(before)s
)
SELECT request.body_id, ST_X(request.point_m), ST_Y(request.point_m),
       extract(epoch FROM %(before)s - request.requested_datetime)::float8 / 86400,
       service.group_id, request.service_id,
       body.kind <> 'outside',
       (SELECT group_id FROM issues_service WHERE id = %(service_id)s),
       request.body_id IN (SELECT body_id FROM refusing)
FROM possible AS request
JOIN layers_body AS body ON body.id = request.body_id
-- What is said of the votes is public: reports of sensitive services must not be countable through it.
JOIN issues_service AS service ON service.id = request.service_id AND service.exact_point_is_public
CROSS JOIN LATERAL (
    SELECT responsibility.rule, ruling.reversed_at
    FROM issues_responsibility AS responsibility
    LEFT JOIN issues_ruling AS ruling ON ruling.id = responsibility.ruling_id
    WHERE responsibility.service_request_id = request.id
    ORDER BY responsibility.id DESC
    LIMIT 1
) AS decided
WHERE request.body_id IS NOT NULL
  AND request.requested_datetime < %(before)s
  AND request.id IS DISTINCT FROM %(except_id)s
  AND decided.reversed_at IS NULL
  AND (decided.rule = 'ruling'
       OR (request.state = ANY(%(accepted_states)s)
           AND NOT EXISTS (
               SELECT FROM issues_event AS event
               WHERE event.service_request_id = request.id AND event.kind = 'handed_back')))
