-- Count a session's participant on the number it dials.
-- ?1 number, ?2 session_id if it reserves the number, else '', ?3 now
UPDATE numbers SET load = load + 1, reserved_by = CASE WHEN ?2 = '' THEN reserved_by ELSE ?2 END, touched = ?3 WHERE number = ?1
