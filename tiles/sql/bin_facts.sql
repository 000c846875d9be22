-- Reports, or changes of reports, as facts for bins: who, where, when, in small numbers.
-- A part of a statement: `source` is a CTE with service_id, body_id, state,
-- requested_datetime, updated_datetime, due_date, public_point and sign.
--
-- The cell is computed from the public point alone, with half-open edges, and never
-- by comparing with a box: every report is in exactly one cell.
--
-- Parameters: %(cells)s cells across the world; %(all_states)s, %(closed_states)s;
--   %(days_of_class)s lower ends of the classes 2 to 8 in days; %(in_time)s what is
--   added to the class of a report that was closed by its due date; %(time_zone)s.
-- Columns: as tiles.binning.FACT.
SELECT
    least(floor((ST_X(public_point) + 180) / 360 * %(cells)s), %(cells)s - 1)::int4 AS map_column,
    least(greatest(
        floor((0.5 - asinh(tan(radians(ST_Y(public_point)))) / (2 * pi())) * %(cells)s), 0
    ), %(cells)s - 1)::int4 AS map_row,
    service_id::int4 AS service,
    coalesce(body_id, 0)::int4 AS body,
    coalesce(array_position(%(all_states)s::text[], state::text), 0)::int2 AS state,
    CASE
        WHEN state = ANY (%(closed_states)s::text[]) THEN 1 + width_bucket(
            extract(epoch FROM updated_datetime - requested_datetime)::float8 / 86400,
            %(days_of_class)s::float8[]
        ) + %(in_time)s * ((updated_datetime AT TIME ZONE %(time_zone)s)::date <= due_date)::int
        ELSE 0
    END::int2 AS class,
    (requested_datetime AT TIME ZONE %(time_zone)s)::date - '2000-01-03'::date AS day,
    sign::int2 AS sign
FROM source
