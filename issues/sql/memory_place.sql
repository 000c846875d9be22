-- What the memory must know of the place that is asked about.
--
-- Parameters: %(service_id)s, %(lon)s, %(lat)s (EPSG:4326), %(srid)s the city's metre SRID, %(day)s for which
--   boundaries count, %(hand_back_reach_m)s how near to the place a hand-back of the service speaks about it,
--   %(before)s (timestamptz) hand-backs known then.
-- Hand-backs of kinds whose places are private stay unsaid: the answer is public, and asked from many points it would
--   tell where one of them is. The memory never decides such a kind.
-- Columns: x_m, y_m, group_id, areas (jurisdiction by layer), handed_back (bodies), outside (bodies that are none
--   of the city's). One row.
-- Indexes: boundary_piece_geom_m, request_point_m, the hand-backs' key to their report.
SELECT ST_X(place.point_m), ST_Y(place.point_m),
       (SELECT group_id FROM issues_service WHERE id = %(service_id)s),
       issues_covering_areas(place.point, place.point_m, %(day)s),
       ARRAY(
           SELECT DISTINCT back.body_id
           FROM issues_servicerequest AS request
           JOIN issues_handback AS back ON back.service_request_id = request.id
           JOIN issues_service AS service ON service.id = back.service_id AND service.exact_point_is_public
           WHERE ST_DWithin(request.point_m, place.point_m, %(hand_back_reach_m)s)
             AND back.service_id = %(service_id)s AND back.at < %(before)s
       ),
       ARRAY(SELECT id FROM layers_body WHERE kind = 'outside')
FROM (
    SELECT point, ST_Transform(point, %(srid)s) AS point_m
    FROM (SELECT ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326) AS point) AS asked
    OFFSET 0
) AS place
