-- Store a sealed record in the place of the one expected, of none for NULL.
-- $1 name, $2 expected, $3 sealed
-- → 1 if it was stored
WITH first AS (
    INSERT INTO masking.sealed_records (name, sealed) SELECT $1::text, $3::bytea WHERE $2::bytea IS NULL
    ON CONFLICT (name) DO NOTHING RETURNING 1
), next AS (
    UPDATE masking.sealed_records SET sealed = $3 WHERE name = $1 AND sealed = $2 RETURNING 1
)
SELECT 1 FROM first UNION ALL SELECT 1 FROM next
