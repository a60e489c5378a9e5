-- Merge what was seen of a pool's day with what is known of it.
-- ?1 pool, ?2 begin, ?3 held, ?4 told
INSERT INTO pool_days (pool, begin, held, told) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (pool, begin) DO UPDATE SET held = max(held, excluded.held), told = told | excluded.told
