-- What the answers of report tiles depend on, in one look: changes so far, changes
-- that wait, the rules of the bins, sensitive services, published squares.
--
-- Changes are counted as they are seen, not by their number: a lower number may be
-- committed later.
-- Columns: folded (null: bins not built), rules, waiting, last number of the log,
--   sensitive service ids, first and last number of the published squares.
SELECT
    (SELECT folded FROM tiles_binstate),
    (SELECT rules FROM tiles_binstate),
    log.waiting,
    log.last,
    (SELECT coalesce(array_agg(id ORDER BY id), '{}') FROM issues_service WHERE NOT exact_point_is_public),
    (SELECT concat(min(id), '-', max(id)) FROM tiles_sensitivecell)
FROM (SELECT count(*) AS waiting, coalesce(max(id), 0) AS last FROM tiles_binchange) AS log
