-- Reports made on days of a period, in order, as numbers.
--
-- Parameters: %(since)s, %(until)s days in the city, both included; %(zone)s its
--   time zone; %(open_states)s an array of states.
-- Columns: id, service_id, lon, lat (EPSG:4326), accuracy_m, asset_id (0: none
--   chosen), day and due (days since 1970-01-01), is_open (0 or 1), side_boundary_id (0:
--   the reporter named no side).
-- Indexes: request_time.
SELECT id, service_id, ST_X(point), ST_Y(point), accuracy_m, COALESCE(asset_id, 0),
       (requested_datetime AT TIME ZONE %(zone)s)::date - '1970-01-01'::date, due_date - '1970-01-01'::date,
       (state = ANY(%(open_states)s))::int, COALESCE(side_boundary_id, 0)
FROM issues_servicerequest
WHERE requested_datetime >= %(since)s::date::timestamp AT TIME ZONE %(zone)s
  AND requested_datetime < (%(until)s::date + 1)::timestamp AT TIME ZONE %(zone)s
ORDER BY id
