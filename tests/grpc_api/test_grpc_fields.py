import pytest

from adapters.grpc_server.fields import renamed, within
from masking_core.errors import InvalidArgument, ParticipantRefused


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("policy.call_centre", "pool.policy.call_centre"),
        ("policy", "pool.policy"),
        ("policy.countries[2]", "pool.policy.countries[2]"),
        ("policy_of_another", "policy_of_another"),
        ("another.policy", "another.policy"),
    ],
)
def test_the_first_member_of_a_field_gets_another_name(before: str, after: str) -> None:
    with pytest.raises(InvalidArgument) as raised, renamed(policy="pool.policy"):
        raise InvalidArgument(before, "is wrong")
    assert (raised.value.field, raised.value.problem) == (after, "is wrong")
    assert str(raised.value) == f"{after}: is wrong"


def test_a_field_can_be_put_below_another() -> None:
    with pytest.raises(InvalidArgument) as raised, within("session"):
        raise InvalidArgument("participants[1].label", "is wrong")
    assert raised.value.field == "session.participants[1].label"


def test_the_kind_of_the_error_stays() -> None:
    with pytest.raises(ParticipantRefused), within("session"), renamed(participants="people"):
        raise ParticipantRefused("participants[0].phone_numbers[0]", "is wrong")
