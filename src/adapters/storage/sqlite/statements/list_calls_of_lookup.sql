-- Calls of one look-up key from the latest on.
-- ?1 limit, ?2 earliest time, and what the conditions ask for; {person} the look-up key → time, call_id, record
SELECT * FROM (
    SELECT p.time, c.call_id, c.record
    FROM call_people AS p CROSS JOIN calls AS c ON c.id = p.call
    WHERE p.person = {person} AND p.time >= ?2 {where}
    ORDER BY p.time DESC, c.call_id DESC LIMIT ?1
)
