-- Take a session's participant off the number it dialled.
-- ?1 number, ?2 now
UPDATE numbers SET load = load - 1, reserved_by = '', touched = ?2 WHERE number = ?1
