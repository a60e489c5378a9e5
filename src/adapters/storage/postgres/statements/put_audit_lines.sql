-- Store lines of the audit.
-- $1 numbers, $2 texts, $3 digests
INSERT INTO masking.audit_lines (number, text, digest)
SELECT w.number, w.text, w.digest FROM unnest($1::int8[], $2::text[], $3::bytea[]) AS w (number, text, digest)
ON CONFLICT (number) DO UPDATE SET text = excluded.text, digest = excluded.digest
