-- The calls of a name, the latest first.
-- $1 name, $2 limit → record
SELECT c.record
FROM masking.call_names AS n
JOIN masking.calls AS c ON c.call_id = n.call_id
WHERE n.name = $1
ORDER BY n.time DESC, n.call_id DESC
LIMIT $2
