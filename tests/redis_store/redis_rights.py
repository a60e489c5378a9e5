"""What a Redis user needs."""

NEEDED = (
    "+@read",
    "+@write",
    "+@scripting",
    "+@connection",
    "+time",
    "-@dangerous",
    "+info",
    "+config|get",
    "+cluster|slots",
    "+bgrewriteaof",
)
"""What docs/operations.md says that a user needs; ``info`` and ``config|get`` for the warnings alone, the last for erasing."""
