"""``postgresql://``: the system of record, on one server or on several that fail over."""
