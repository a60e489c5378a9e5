-- The keys the store is written under.
-- → key_id, key_check
SELECT key_id, key_check FROM masking.store_keys ORDER BY position
