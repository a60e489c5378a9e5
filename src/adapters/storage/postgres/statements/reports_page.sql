-- Reports by digest.
-- $1 digest to begin after, $2 limit → digest, session_id, receive_time, body
SELECT digest, session_id, receive_time, body FROM masking.reports WHERE digest > $1 ORDER BY digest LIMIT $2
