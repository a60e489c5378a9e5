-- Remember the last webhook of each kind and apiId, unless a later one is known.
-- $1 kinds, $2 api ids, $3 times
INSERT INTO masking.webhooks_seen AS known (kind, api_id, time)
SELECT w.kind, w.api_id, max(w.time)
FROM unnest($1::text[], $2::text[], $3::int8[]) AS w (kind, api_id, time)
GROUP BY w.kind, w.api_id ORDER BY w.kind, w.api_id
ON CONFLICT (kind, api_id) DO UPDATE SET time = excluded.time WHERE known.time < excluded.time
