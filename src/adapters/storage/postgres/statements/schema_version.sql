-- The last migration that was applied.
-- → version, whether this server takes no writes
SELECT coalesce(max(version), 0)::int8, current_setting('transaction_read_only') = 'on' FROM masking.versions
