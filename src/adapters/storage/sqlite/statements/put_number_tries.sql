-- Store what was tried on a dialled number.
-- ?1 dialled, ?2 since, ?3 tries, ?4 locked_until
INSERT INTO pin_numbers (dialled, since, tries, locked_until) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (dialled) DO UPDATE SET since = ?2, tries = ?3, locked_until = ?4
