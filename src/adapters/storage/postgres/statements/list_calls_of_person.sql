-- Calls of one person, the latest first; of each look-up key as many as are asked for, for a call can be under several.
-- $1 and $2 time and call id to begin before, $3 time to end at, $4 limit, $5 look-up keys, then what the conditions
-- take; {where} the conditions asked for → record
SELECT record
FROM (
    SELECT DISTINCT ON (latest.time, latest.call_id) latest.time, latest.call_id, latest.record
    FROM unnest($5::bytea[]) AS w (person)
    CROSS JOIN LATERAL (
        SELECT p.time, p.call_id, c.record
        FROM masking.call_people AS p
        JOIN masking.calls AS c ON c.call_id = p.call_id
        WHERE p.person = w.person AND (p.time, p.call_id) < ($1, $2) AND p.time >= $3 {where}
        ORDER BY p.time DESC, p.call_id DESC
        LIMIT $4
    ) AS latest
) AS found
ORDER BY time DESC, call_id DESC
LIMIT $4
