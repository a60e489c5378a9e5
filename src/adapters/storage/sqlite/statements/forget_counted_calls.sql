-- Forget calls that count for no limit any more.
-- ?1 now, ?2 limit
DELETE FROM counted_calls WHERE (subject, call_id) IN (
    SELECT subject, call_id FROM counted_calls WHERE keep_until <= ?1 LIMIT ?2
)
