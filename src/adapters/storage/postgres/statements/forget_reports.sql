-- Forget reports that belong to no session, or to one that is forgotten.
-- $1 latest receive_time, $2 limit → how many
WITH gone AS (
    DELETE FROM masking.reports WHERE digest IN (
        SELECT r.digest FROM masking.reports AS r
        WHERE r.receive_time <= $1
              AND NOT EXISTS (SELECT 1 FROM masking.sessions AS s WHERE s.session_id = r.session_id)
        ORDER BY r.receive_time
        LIMIT $2
        FOR UPDATE OF r SKIP LOCKED
    )
    RETURNING 1
)
SELECT count(*) FROM gone
