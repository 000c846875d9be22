-- Stores an asset import: new ids are added, known ones follow their thing, equal ones are not written.
--
-- Parameters as in asset_import_compare.sql, and %(since)s the day from which the
--   file holds, %(recorded_at)s, %(source)s. A place that is off by no more than
--   %(moved_m)s stays as it is, so that a new survey does not rewrite the city.
--   A trigger keeps what is replaced (migration 0004). A name is a label: it
--   changes in place, with no new state.
WITH compared AS MATERIALIZED (
    SELECT fresh.external_id, fresh.owner_id, fresh.names, fresh.geom, stored.id AS stored_id,
           stored.owner_id <> fresh.owner_id OR stored.gone_on IS NOT NULL AS is_other,
           NOT stored.names @> fresh.names AS is_renamed,
           -- Same bytes first: the distance of two street segments costs far more.
           NOT stored.geom = fresh.geom
           AND ST_HausdorffDistance(stored.geom_m, ST_Transform(ST_Segmentize(fresh.geom, 0.001), %(srid)s))
               > %(moved_m)s AS has_moved
    FROM layers_asset_import AS fresh
    LEFT JOIN layers_asset AS stored
      ON stored.asset_class_id = %(class_id)s AND stored.external_id = fresh.external_id
),
followed AS (
    UPDATE layers_asset AS stored
    SET names = stored.names || compared.names,
        owner_id = compared.owner_id,
        geom = CASE WHEN has_moved THEN compared.geom ELSE stored.geom END,
        gone_on = NULL,
        valid_from = CASE WHEN is_other OR has_moved THEN %(since)s ELSE stored.valid_from END,
        recorded_at = CASE WHEN is_other OR has_moved THEN %(recorded_at)s ELSE stored.recorded_at END,
        source = CASE WHEN is_other OR has_moved THEN %(source)s ELSE stored.source END
    FROM compared
    WHERE stored.id = compared.stored_id AND (is_other OR has_moved OR is_renamed)
)
INSERT INTO layers_asset (asset_class_id, external_id, owner_id, names, geom, valid_from, recorded_at, source)
SELECT %(class_id)s, external_id, owner_id, names, geom, %(since)s, %(recorded_at)s, %(source)s
FROM compared
WHERE stored_id IS NULL
