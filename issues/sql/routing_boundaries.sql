-- The boundaries of layers that decide some service, on a day, as known at a moment.
--
-- Parameters: %(day)s, %(known_at)s (null: as the records stand now).
-- Columns: boundary_id, body_id, is_city_body, layer_id, rank, geom (WKB, EPSG:4326).
SELECT boundary.id, jurisdiction.body_id, body.kind <> 'outside', layer.id, layer.rank, ST_AsBinary(boundary.geom)
FROM layers_boundary AS boundary
JOIN layers_jurisdiction AS jurisdiction ON jurisdiction.id = boundary.jurisdiction_id
JOIN layers_layer AS layer ON layer.id = jurisdiction.layer_id
JOIN layers_body AS body ON body.id = jurisdiction.body_id
WHERE EXISTS (SELECT FROM issues_service_layers AS deciding WHERE deciding.layer_id = layer.id)
  AND boundary.valid_from <= %(day)s::date AND (boundary.valid_to IS NULL OR %(day)s::date < boundary.valid_to)
  AND CASE WHEN %(known_at)s::timestamptz IS NULL THEN boundary.superseded_at IS NULL
           ELSE boundary.recorded_at <= %(known_at)s::timestamptz
                AND (boundary.superseded_at IS NULL OR %(known_at)s::timestamptz < boundary.superseded_at) END
ORDER BY boundary.id
