"""``sqlite:///path``: one machine, several processes, nothing to install. Survives crashes and restarts."""
