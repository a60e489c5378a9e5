"""The rules of number masking: the model, the pure functions, the ports and the services.

Imports the standard library alone; everything that does I/O is handed in through ``ports``.
"""
