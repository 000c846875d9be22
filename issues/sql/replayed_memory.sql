-- Reports made on days of a period whose decision in force is the memory's, and what it rested on.
--
-- Parameters: %(since)s, %(until)s days in the city, both included; %(zone)s its time zone.
-- Columns: service_request_id, body_id, is_city_body, confidence, votes, votes_of, radius_m.
-- The winner is the first candidate. Indexes: the foreign key to the report; few decisions are the memory's.
SELECT decided.service_request_id, body.id, body.kind <> 'outside', decided.confidence,
       (decided.candidates #>> '{0,votes}')::int, (decided.candidates #>> '{0,votes_of}')::int,
       (decided.candidates #>> '{0,distance_m}')::float8
FROM issues_responsibility AS decided
JOIN issues_servicerequest AS report ON report.id = decided.service_request_id
JOIN layers_body AS body ON body.id = decided.body_id
WHERE decided.rule = 'memory'
  AND report.requested_datetime >= %(since)s::date::timestamp AT TIME ZONE %(zone)s
  AND report.requested_datetime < (%(until)s::date + 1)::timestamp AT TIME ZONE %(zone)s
  AND NOT EXISTS (
        SELECT FROM issues_responsibility AS later
        WHERE later.service_request_id = decided.service_request_id AND later.id > decided.id)
