"""What the core asks of the outside: one Protocol a file, in the words of the model.

Every adapter raises the errors of ``masking_core.errors`` alone; besides those that a verb names,
any verb of a store may raise StoreUnavailable and StoreNotReady.
"""
