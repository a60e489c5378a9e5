-- Have a purse count more, or less, than it did.
-- ?1 name, ?2 difference, ?3 keep_until
INSERT INTO purses (name, spent, keep_until) VALUES (?1, ?2, ?3)
ON CONFLICT (name) DO UPDATE SET spent = spent + ?2, keep_until = ?3
