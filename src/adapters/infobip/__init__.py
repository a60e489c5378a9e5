"""Infobip's own API: a client, and what brings an account to what is desired."""
