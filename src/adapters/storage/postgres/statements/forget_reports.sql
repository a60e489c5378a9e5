-- Forget reports that belong to no session, or to one that is forgotten; put off those whose session is remembered.
-- Each is looked up by itself, however many the planner believes there are.
-- $1 latest time of coming, or of having been put off, $2 limit, $3 now → how many were looked at
WITH due AS MATERIALIZED (
    SELECT r.digest, (SELECT s.id FROM masking.sessions AS s WHERE s.session_id = r.session_id) AS holder
    FROM masking.reports AS r
    WHERE greatest(r.receive_time, r.held_time) <= $1
    ORDER BY greatest(r.receive_time, r.held_time)
    LIMIT $2
    FOR UPDATE OF r SKIP LOCKED
), gone AS (
    DELETE FROM masking.reports WHERE digest = ANY (ARRAY(SELECT digest FROM due WHERE holder IS NULL))
), put_off AS (
    UPDATE masking.reports SET held_time = $3 WHERE digest = ANY (ARRAY(SELECT digest FROM due WHERE holder IS NOT NULL))
)
SELECT count(*) FROM due
