-- Sessions by descending id.
-- $1 id to begin after, $2 limit, then what the conditions take; {where} the conditions asked for → record
SELECT (SELECT w.record FROM masking.session_records AS w WHERE w.session = s.id)
FROM masking.sessions AS s
WHERE s.session_id < $1 {where}
ORDER BY s.session_id DESC
LIMIT $2
