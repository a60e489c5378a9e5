-- The calls that the provider knows by a name, the latest first.
-- ?1 name, ?2 limit → record
SELECT c.record FROM call_names AS n JOIN calls AS c ON c.id = n.call
WHERE n.name = ?1 ORDER BY c.time DESC, c.call_id DESC LIMIT ?2
