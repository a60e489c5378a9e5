-- The sealed record of webhook credentials.
-- → sealed
SELECT sealed FROM masking.webhook_credentials
