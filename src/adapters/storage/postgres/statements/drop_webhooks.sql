-- Forget the webhook credentials, and what was seen of webhooks.
WITH seen AS (DELETE FROM masking.webhooks_seen)
DELETE FROM masking.webhook_credentials
