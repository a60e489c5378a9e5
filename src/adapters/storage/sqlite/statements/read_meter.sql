-- What a meter has counted.
-- ?1 subject, ?2 now, ?3 a minute ago, ?4 call id
-- → calls of the last minute, calls that go on, all calls, whether this one is among them
SELECT count(*) FILTER (WHERE begin > ?3), count(*) FILTER (WHERE until > ?2), count(*),
       coalesce(max(call_id = ?4), 0)
FROM counted_calls WHERE subject = ?1 AND keep_until > ?2
