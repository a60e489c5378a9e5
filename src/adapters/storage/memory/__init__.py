"""``memory://``: one process, nothing kept. The plainest backend, and the tests' double."""
