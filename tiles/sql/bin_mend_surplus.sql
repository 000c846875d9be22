-- Deletes rows of bins that the recount does not have.
DELETE FROM tiles_bin AS stored
WHERE NOT EXISTS (
    SELECT FROM bin_shadow AS recount
    WHERE (recount.zoom, recount.x, recount.y, recount.service_id, recount.body_id, recount.span, recount.week)
        = (stored.zoom, stored.x, stored.y, stored.service_id, stored.body_id, stored.span, stored.week)
)
