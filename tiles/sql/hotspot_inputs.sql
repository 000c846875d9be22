-- Where and when the reports of a question lie, in metres. Read in chunks: it can be millions.
--
-- Of a service whose exact points are not public, the public point is taken, so that
-- nothing computed from it can say more than the public map. Uses the index on
-- (service, requested_datetime) or on requested_datetime.
--
-- Parameters: %(service_ids)s; %(body_ids)s null = all; %(since)s %(before)s moments; %(states)s; %(srid)s.
-- Columns: service_id, seconds since 1970 (float), x, y in metres of the SRID.
SELECT
    report.service_id,
    extract(epoch FROM report.requested_datetime)::float8,
    CASE WHEN service.exact_point_is_public
        THEN ST_X(report.point_m) ELSE ST_X(ST_Transform(report.public_point, %(srid)s)) END,
    CASE WHEN service.exact_point_is_public
        THEN ST_Y(report.point_m) ELSE ST_Y(ST_Transform(report.public_point, %(srid)s)) END
FROM issues_servicerequest AS report
JOIN issues_service AS service ON service.id = report.service_id
WHERE report.service_id = ANY (%(service_ids)s::bigint[])
  AND report.requested_datetime >= %(since)s
  AND report.requested_datetime < %(before)s
  AND report.state = ANY (%(states)s::text[])
  AND (%(body_ids)s::bigint[] IS NULL OR report.body_id = ANY (%(body_ids)s::bigint[]))
