-- Note that a call of an hour has changed.
-- ?1 pool, ?2 begin
INSERT INTO call_hours (pool, begin, version) VALUES (?1, ?2, 1)
ON CONFLICT (pool, begin) DO UPDATE SET version = version + 1
