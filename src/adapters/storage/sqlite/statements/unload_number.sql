-- Take a session's participant off the number it dialled, and its reservation, but nobody else's.
-- ?1 number, ?2 session_id, ?3 now
UPDATE numbers SET load = load - 1, reserved_by = CASE WHEN reserved_by = ?2 THEN '' ELSE reserved_by END, touched = ?3 WHERE number = ?1
