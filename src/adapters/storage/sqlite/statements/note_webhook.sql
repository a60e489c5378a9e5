-- Remember the last webhook of a kind and apiId, unless a later one is known.
-- ?1 kind, ?2 api_id, ?3 time
INSERT INTO webhooks_seen (kind, api_id, time) VALUES (?1, ?2, ?3)
ON CONFLICT (kind, api_id) DO UPDATE SET time = excluded.time WHERE time < excluded.time
