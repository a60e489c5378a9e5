"""What the pages say of Redis is what the program says and needs."""

from pathlib import Path

from adapters.storage.redis import durability
from redis_store.redis_rights import NEEDED

PAGE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()


def test_the_documentation_tells_every_sentence_that_the_program_warns_with() -> None:
    for sentence in (durability._NO_LOG, durability._NO_REPLICA_CONFIRMS, *durability._LOSES.values()):
        assert f"{sentence}\n" in PAGE


def test_the_documentation_tells_what_a_user_needs() -> None:
    assert f"ACL SETUSER masking on >password ~m:* {' '.join(NEEDED)}\n" in PAGE
