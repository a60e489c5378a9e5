-- Store a sealed record.
-- ?1 name, ?2 sealed
INSERT INTO sealed_records (name, sealed) VALUES (?1, ?2)
ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed
