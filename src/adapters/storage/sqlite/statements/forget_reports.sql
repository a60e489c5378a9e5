-- Forget reports that belong to no session, or to one that is forgotten.
-- ?1 latest receive_time, ?2 limit
DELETE FROM reports WHERE digest IN (
    SELECT digest FROM reports
    WHERE receive_time <= ?1 AND session_id NOT IN (SELECT session_id FROM sessions)
    ORDER BY receive_time
    LIMIT ?2
)
