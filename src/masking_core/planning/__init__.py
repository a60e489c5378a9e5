"""How many numbers a pool takes: pure functions over sessions that were, or are expected.

Two limits hold, and the larger one binds. **Distinctness**: a participant needs another number for
each session that it is in at once. **Call capacity**: a number carries only so many calls at once.
"""
