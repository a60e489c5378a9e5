from pathlib import Path

from support.fuzzing import fuzz


def test_what_nobody_ought_to_send_breaks_nothing_and_stores_nothing(tmp_path: Path) -> None:
    answers = fuzz(3_000, seed=1, folder=tmp_path / "site", processes=1)

    assert answers.total() >= 3_000
    assert answers["401"] > 500
    assert answers["400"] > 500
    assert answers["INVALID_ARGUMENT"] > 100
    assert answers["stream CANCELLED"] > 0
    assert answers["stream DEADLINE_EXCEEDED"] > 0
    assert answers["stream closed"] > 0
