-- What the files of a class need to know before the first row: the languages of its things' names and the
-- types of their geometries, ever.
--
-- Parameters: %(class_id)s. Columns: languages (text[]), types (text[], as GEOS names them).
SELECT (SELECT coalesce(array_agg(DISTINCT key), '{}')
        FROM layers_asset CROSS JOIN LATERAL jsonb_object_keys(names) AS key
        WHERE asset_class_id = %(class_id)s),
       (SELECT coalesce(array_agg(DISTINCT substr(ST_GeometryType(geom), 4)), '{}')
        FROM (
            SELECT geom FROM layers_asset WHERE asset_class_id = %(class_id)s
            UNION ALL
            SELECT version.geom FROM layers_assetversion AS version
            JOIN layers_asset AS asset ON asset.id = version.asset_id AND asset.asset_class_id = %(class_id)s
        ) AS all_shapes)
