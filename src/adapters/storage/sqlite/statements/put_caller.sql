-- Remember that a real number takes part in a session.
-- ?1 caller, ?2 session row
INSERT OR IGNORE INTO callers (caller, session) VALUES (?1, ?2)
