-- Store the sealed record of webhook credentials in the place of the one expected, of none for NULL.
-- $1 expected, $2 sealed
-- → 1 if it was stored
WITH first AS (
    INSERT INTO masking.webhook_credentials (id, sealed) SELECT 1, $2::bytea WHERE $1::bytea IS NULL
    ON CONFLICT (id) DO NOTHING RETURNING 1
), next AS (
    UPDATE masking.webhook_credentials SET sealed = $2 WHERE sealed = $1 RETURNING 1
)
SELECT 1 FROM first UNION ALL SELECT 1 FROM next
