-- Count a session's participant on the number it dials.
-- ?1 number, ?2 reserving session or '', ?3 now
UPDATE numbers SET load = load + 1, reserved_by = ?2, touched = ?3 WHERE number = ?1
