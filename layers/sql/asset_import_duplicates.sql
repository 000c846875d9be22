-- Takes every row of an asset import whose id another row has, too, out of it.
--
-- Columns: row_number, external_id, another row with that id; in the order of the file.
WITH repeated AS (
    SELECT external_id, min(row_number) AS first_row, max(row_number) AS last_row
    FROM layers_asset_import
    GROUP BY external_id
    HAVING count(*) > 1
),
taken_out AS (
    DELETE FROM layers_asset_import AS fresh
    USING repeated
    WHERE fresh.external_id = repeated.external_id
    RETURNING fresh.row_number, fresh.external_id,
              CASE WHEN fresh.row_number = repeated.first_row THEN repeated.last_row ELSE repeated.first_row END AS other
)
SELECT row_number, external_id, other FROM taken_out ORDER BY row_number
