"""The Falcon application that answers the provider's webhooks."""
