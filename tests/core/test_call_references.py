"""The names of calls, which lead back to their sessions."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from masking_core.calls import call_reference, session_of_reference

IDS = st.from_regex(r"[a-z0-9-]{1,36}", fullmatch=True)
CALL_IDS = st.from_regex(r"[a-zA-Z0-9-]{1,64}", fullmatch=True)


@given(IDS, CALL_IDS)
def test_a_call_s_reference_leads_back_to_its_session_and_is_a_file_name(session_id: str, call_id: str) -> None:
    reference = call_reference(session_id, call_id)
    assert session_of_reference(reference) == session_id
    assert re.fullmatch(r"[a-zA-Z0-9.-]{3,101}", reference)


@given(st.tuples(IDS, CALL_IDS), st.tuples(IDS, CALL_IDS))
def test_two_calls_never_share_a_reference(first: tuple[str, str], second: tuple[str, str]) -> None:
    assert (call_reference(*first) == call_reference(*second)) == (first == second)


@pytest.mark.parametrize("reference", ["", ".", "a", "a.", ".b", "no session at all"])
def test_a_reference_that_nobody_made_leads_nowhere(reference: str) -> None:
    assert session_of_reference(reference) == ""
