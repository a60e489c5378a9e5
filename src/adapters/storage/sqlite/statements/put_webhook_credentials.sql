-- Store the sealed record of webhook credentials.
-- ?1 sealed
INSERT INTO webhook_credentials (id, sealed) VALUES (1, ?1)
ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed
