-- Forget reports by their digests, locked in their order.
-- $1 digests
DELETE FROM masking.reports WHERE digest IN (
    SELECT digest FROM masking.reports WHERE digest = ANY ($1::bytea[]) ORDER BY digest FOR UPDATE
)
