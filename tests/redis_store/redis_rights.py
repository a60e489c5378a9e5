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
"""What docs/operations.md says a user needs; ``info`` and ``config|get`` for warnings alone, the last for erasing."""
