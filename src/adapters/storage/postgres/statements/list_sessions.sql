-- Sessions by descending id.
-- $1 id to begin after, $2 limit, then what the conditions take; {where} the conditions asked for → record
SELECT s.record FROM masking.sessions AS s
WHERE s.session_id < $1 {where}
ORDER BY s.session_id DESC
LIMIT $2
