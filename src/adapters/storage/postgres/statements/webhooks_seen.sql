-- When a webhook of each kind and apiId came last.
-- → kind, api_id, time
SELECT kind, api_id, time FROM masking.webhooks_seen ORDER BY kind, api_id
