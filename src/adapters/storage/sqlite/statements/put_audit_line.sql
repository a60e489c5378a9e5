-- Store a line of the audit.
-- ?1 number, ?2 text, ?3 digest
INSERT INTO audit_lines (number, text, digest) VALUES (?1, ?2, ?3)
ON CONFLICT (number) DO UPDATE SET text = excluded.text, digest = excluded.digest
