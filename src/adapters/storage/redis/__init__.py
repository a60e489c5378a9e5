"""``redis://``, ``rediss://``, Sentinel and Cluster: the lowest latency, and scale past one machine.

How a session comes, changes and goes over several hash slots stands in ``protocol.py``.
"""
