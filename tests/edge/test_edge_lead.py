"""One leads, or nobody."""

import pytest

from webhook_edge.lead import Lead

LONG = 0.03


class Clocked:
    """A lead with a clock of the test's own."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.lead = Lead(lambda: self.now)


@pytest.fixture
def clocked() -> Clocked:
    return Clocked()


def test_who_comes_first_has_it_until_it_is_left(clocked: Clocked) -> None:
    lead = clocked.lead
    assert lead.claim("a")
    assert not lead.claim("b")
    lead.leave("b")
    assert lead.is_with("a")
    lead.leave("a")
    assert lead.claim("b")


def test_who_does_not_answer_keeps_it(clocked: Clocked) -> None:
    assert clocked.lead.claim("a")
    clocked.now += 3_600
    assert not clocked.lead.is_held_up(0)
    assert not clocked.lead.take_away(0)
    assert clocked.lead.is_with("a")


def test_who_answers_for_too_long_loses_it_and_learns_so(clocked: Clocked) -> None:
    lead = clocked.lead
    assert lead.claim("a")
    lead.begin_to_answer()
    clocked.now += LONG
    assert not lead.take_away(LONG)
    clocked.now += LONG
    assert lead.is_held_up(LONG)
    assert lead.take_away(LONG)
    assert not lead.take_away(LONG)
    assert lead.claim("b")
    assert not lead.end_answering("a")
    assert lead.is_with("b")


def test_what_nobody_has_claimed_goes_back_to_who_had_it(clocked: Clocked) -> None:
    lead = clocked.lead
    assert lead.claim("a")
    lead.begin_to_answer()
    clocked.now += 2 * LONG
    assert lead.take_away(LONG)
    assert lead.end_answering("a")
    assert not lead.claim("b")
    clocked.now += 3_600
    assert not lead.take_away(LONG)


def test_who_has_answered_in_time_cannot_lose_it(clocked: Clocked) -> None:
    lead = clocked.lead
    assert lead.claim("a")
    lead.begin_to_answer()
    assert lead.end_answering("a")
    clocked.now += 3_600
    assert not lead.is_held_up(LONG)
    assert not lead.take_away(LONG)
