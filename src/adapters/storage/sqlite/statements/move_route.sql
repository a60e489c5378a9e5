-- Lead a (caller, dialled number) to a session, whoever had it.
-- ?1 caller, ?2 dialled number, ?3 session row, ?4 side, ?5 end_time
INSERT INTO routes (caller, dialled, session, side, end_time) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (caller, dialled) DO UPDATE SET session = ?3, side = ?4, end_time = ?5
