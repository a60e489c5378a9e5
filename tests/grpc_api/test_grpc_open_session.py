from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from grpc_api.asking import POOL_NAME, at, lasting, opening, participant
from grpc_api.grpc_caller import Api, refusal
from masking.v1 import session_service_pb2 as pb
from masking_core.instants import DAY, HOUR, NEVER, SECOND
from masking_core.pools import Geography
from support.world import START, World, real, virtual

STANDARD = pb.Audio(standard=pb.ANNOUNCEMENT_CALL_RECORDED)


def test_both_participants_get_a_number_that_reaches_the_other(api: Api, world: World) -> None:
    world.pool(4)
    first, second = api.sessions.OpenSession(opening()).session.participants
    assert world.dials(1, first.proxy_number) == (real(2), second.proxy_number)
    assert world.dials(2, second.proxy_number) == (real(1), first.proxy_number)


def test_what_was_asked_for_comes_back(api: Api, world: World) -> None:
    world.pool(4, geography=Geography.COUNTRY)
    settings = pb.CallSettings(
        record=True,
        omit_callee_announcement_from_recording=True,
        caller_announcement=pb.Audio(file_url="https://example.org/recorded.mp3"),
        callee_announcement=STANDARD,
        caller_id=pb.CALLER_ID_FIXED,
        fixed_caller_id=virtual(0),
    )
    asked = opening(
        participant(1, 3, label="rider"),
        participant(2, proxy_number=virtual(3)),
        time_to_live=lasting(3600),
        reserve_numbers=True,
        reference="ride 17",
        labels={"city": "London", "tier": ""},
        call_settings=settings,
    )
    session = api.sessions.OpenSession(asked).session
    assert session == pb.Session(
        name=session.name,
        pool=POOL_NAME,
        state=pb.Session.STATE_ACTIVE,
        participants=[
            pb.Participant(
                phone_numbers=["+44••••••0001", "+44••••••0003"],
                label="rider",
                proxy_number=session.participants[0].proxy_number,
                reach=pb.Participant.REACH_COUNTRY,
            ),
            pb.Participant(
                phone_numbers=["+44••••••0002"], proxy_number=virtual(3), reach=pb.Participant.REACH_COUNTRY
            ),
        ],
        create_time=at(START),
        update_time=at(START),
        expire_time=at(START + HOUR),
        reserve_numbers=True,
        reference="ride 17",
        labels={"city": "London", "tier": ""},
        call_settings=settings,
    )


def test_a_session_without_an_end_has_no_expire_time(api: Api, world: World) -> None:
    world.pool()
    assert not api.sessions.OpenSession(opening()).session.HasField("expire_time")
    never = opening(expire_time=at(NEVER))
    assert not api.sessions.OpenSession(never).session.HasField("expire_time")


def test_a_session_that_asks_for_no_end_gets_the_pools(api: Api, world: World) -> None:
    world.pool(default_time_to_live=DAY)
    assert api.sessions.OpenSession(opening()).session.expire_time == at(START + DAY)


def test_an_end_is_kept_to_the_microsecond(api: Api, world: World) -> None:
    world.pool()
    end = Timestamp(seconds=(START + HOUR) // SECOND, nanos=123_456_000)
    assert api.sessions.OpenSession(opening(expire_time=end)).session.expire_time == end


def test_a_pair_that_was_reused_early_says_so(api: Api, world: World) -> None:
    world.pool(1)
    opened = api.sessions.OpenSession(opening()).session
    assert [each.reused_early for each in opened.participants] == [False, False]
    api.sessions.CloseSession(pb.CloseSessionRequest(name=opened.name))
    again = api.sessions.OpenSession(opening()).session
    assert [each.reused_early for each in again.participants] == [True, True]


def test_the_same_request_twice_opens_one_session(api: Api, world: World) -> None:
    world.pool()
    asked = opening(request_id="0193b2a1-ride-17", reference="ride 17")
    assert api.sessions.OpenSession(asked) == api.sessions.OpenSession(asked)
    assert len(api.sessions.ListSessions(pb.ListSessionsRequest()).sessions) == 1


def test_the_same_request_many_times_at_once_opens_one_session(api: Api, world: World) -> None:
    world.pool()
    asked = opening(request_id="at-once")
    with ThreadPoolExecutor(16) as threads:
        names = {each.session.name for each in threads.map(lambda _: api.sessions.OpenSession(asked), range(64))}
    assert len(names) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"reference": "another"},
        {"b": 3},
        {"labels": {"a": "b"}},
        {"time_to_live": lasting(60)},
        {"reserve_numbers": True},
        {"call_settings": pb.CallSettings(caller_announcement=STANDARD)},
    ],
    ids=lambda other: next(iter(other)),
)
def test_another_request_with_a_used_request_id_is_refused(api: Api, world: World, other: dict[str, Any]) -> None:
    world.pool()
    api.sessions.OpenSession(opening(request_id="once"))
    refused = refusal(api.sessions.OpenSession, opening(request_id="once", **other))
    assert (refused.code, refused.reason) == (grpc.StatusCode.ALREADY_EXISTS, "REQUEST_ID_REUSED")


def test_many_sessions_opened_at_once_never_share_a_route(api: Api, world: World) -> None:
    world.pool(8)
    with ThreadPoolExecutor(16) as threads:
        opened = [*threads.map(lambda index: api.sessions.OpenSession(opening(1, index)).session, range(2, 10))]
    assert len({session.participants[0].proxy_number for session in opened}) == 8
    for index, session in enumerate(opened, start=2):
        dialled = world.dials(1, session.participants[0].proxy_number)
        assert dialled == (real(index), session.participants[1].proxy_number)


def test_an_exhausted_pool_is_refused_with_its_report(api: Api, world: World) -> None:
    world.pool(2)
    world.add(virtual(9), voice=False)
    for other in (2, 3):
        api.sessions.OpenSession(opening(1, other))
    refused = refusal(api.sessions.OpenSession, opening(4, 1))
    assert (refused.code, refused.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "POOL_EXHAUSTED")
    report = refused.details["ExhaustionReport"]
    assert (report.pool, report.participant, report.numbers) == (POOL_NAME, 1, 3)
    assert [(each.rule, each.numbers) for each in report.ruled_out] == [("IN_USE_BY_PARTICIPANT", 2), ("NO_VOICE", 1)]
    assert all(each.help for each in report.ruled_out)


def test_a_number_asked_for_by_name_that_is_not_to_be_had_is_refused(api: Api, world: World) -> None:
    world.pool(2)
    wanting = participant(1, proxy_number=virtual(0))
    api.sessions.OpenSession(opening(wanting, 2))
    refused = refusal(api.sessions.OpenSession, opening(wanting, 3))
    assert (refused.code, refused.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "NUMBER_NOT_AVAILABLE")
    (violation,) = refused.details["PreconditionFailure"].violations
    assert (violation.type, violation.subject) == ("IN_USE_BY_PARTICIPANT", "participants[0].proxy_number")


def test_a_pool_that_is_not_there_is_not_found(api: Api) -> None:
    refused = refusal(api.sessions.OpenSession, opening())
    assert (refused.code, refused.reason) == (grpc.StatusCode.NOT_FOUND, "NOT_FOUND")
    assert refused.details["ErrorInfo"].metadata["kind"] == "pool"


def test_a_virtual_number_of_ours_is_no_participants(api: Api, world: World) -> None:
    world.pool()
    refused = refusal(api.sessions.OpenSession, opening(1, participant(2, virtual(0))))
    assert (refused.code, refused.field) == (grpc.StatusCode.INVALID_ARGUMENT, "participants[1].phone_numbers[1]")


def test_a_country_that_the_pool_does_not_allow_is_refused(api: Api, world: World) -> None:
    world.pool(countries=("GB",))
    refused = refusal(api.sessions.OpenSession, opening(1, participant("+41446681800")))
    assert (refused.reason, refused.field) == ("PARTICIPANT_REFUSED", "participants[1].phone_numbers[0]")


REFUSED_NUMBERS = {
    "premium rate": "+449098790000",
    "short": "+441234",
    "emergency": "+44999",
    "national": "07700900123",
    "with spaces": "+44 7700 900123",
    "redacted": "+44••••••0123",
    "empty": "",
    "words": "anonymous",
    "NUL": "+447700900123\0",
    "other digits": "+٤٤٧٧٠٠٩٠٠١٢٣",
    "too long": "+4477009001234567",
    "no country": "+0447700900123",
}


@pytest.mark.parametrize("number", REFUSED_NUMBERS.values(), ids=REFUSED_NUMBERS)
def test_a_number_that_no_session_may_hold_is_refused_without_repeating_it(api: Api, world: World, number: str) -> None:
    world.pool()
    refused = refusal(api.sessions.OpenSession, opening(1, participant(2, number)))
    assert (refused.code, refused.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "PARTICIPANT_REFUSED")
    assert refused.field == "participants[1].phone_numbers[1]"
    assert number == "" or number not in refused.message


REFUSED_FIELDS: dict[str, tuple[pb.OpenSessionRequest, str]] = {
    "no pool": (opening(pool=""), "pool"),
    "no pool's name": (opening(pool="ride-uk"), "pool"),
    "one participant": (pb.OpenSessionRequest(pool=POOL_NAME, participants=[participant(1)]), "participants"),
    "three participants": (opening(participants=[participant(1), participant(2), participant(3)]), "participants"),
    "no number": (opening(1, participant()), "participants[1].phone_numbers"),
    "eleven numbers": (opening(participant(*range(1, 12)), 20), "participants[0].phone_numbers"),
    "a number twice": (opening(participant(1, 2, 1), 3), "participants[0].phone_numbers[2]"),
    "a number of both": (opening(participant(1, 2), participant(3, 2)), "participants[1].phone_numbers[1]"),
    "a long label": (opening(participant(1, label="a" * 300), 2), "participants[0].label"),
    "NUL in a label": (opening(1, participant(2, label="a\0b")), "participants[1].label"),
    "a wanted number that is none": (opening(participant(1, proxy_number="12"), 2), "participants[0].proxy_number"),
    "a negative time to live": (opening(time_to_live=lasting(-1)), "time_to_live"),
    "no time to live": (opening(time_to_live=lasting(0)), "time_to_live"),
    "10,000 years to live": (opening(time_to_live=lasting(315_576_000_000)), "time_to_live"),
    "an end in the past": (opening(expire_time=at(START - SECOND)), "expire_time"),
    "an end now": (opening(expire_time=at(START)), "expire_time"),
    "an end that no calendar has": (opening(expire_time=Timestamp(seconds=2**62)), "expire_time"),
    "a long reference": (opening(reference="a" * 257), "reference"),
    "NUL in the reference": (opening(reference="\0"), "reference"),
    "65 labels": (opening(labels={f"a{index}": "" for index in range(65)}), "labels"),
    "an ill-formed label key": (opening(labels={"Größe": "7"}), "labels"),
    "a long label value": (opening(labels={"city": "a" * 300}), "labels[city]"),
    "a request id with a space": (opening(request_id="a b"), "request_id"),
    "a long request id": (opening(request_id="a" * 65), "request_id"),
    "recording that nobody is told of": (
        opening(call_settings=pb.CallSettings(record=True)),
        "call_settings.caller_announcement",
    ),
    "recording that the callee is not told of": (
        opening(call_settings=pb.CallSettings(record=True, caller_announcement=STANDARD)),
        "call_settings.callee_announcement",
    ),
    "an announcement of nothing": (
        opening(call_settings=pb.CallSettings(callee_announcement=pb.Audio())),
        "call_settings.callee_announcement",
    ),
    "an announcement with an empty file": (
        opening(call_settings=pb.CallSettings(caller_announcement=pb.Audio(file_id=""))),
        "call_settings.caller_announcement",
    ),
    "an announcement on no web": (
        opening(call_settings=pb.CallSettings(caller_announcement=pb.Audio(file_url="file:///etc/passwd"))),
        "call_settings.caller_announcement.file_url",
    ),
    "NUL in a file id": (
        opening(call_settings=pb.CallSettings(caller_announcement=pb.Audio(file_id="a\0"))),
        "call_settings.caller_announcement.file_id",
    ),
    "a standard announcement without a name": (
        opening(call_settings=pb.CallSettings(caller_announcement=pb.Audio(standard=pb.ANNOUNCEMENT_UNSPECIFIED))),
        "call_settings.caller_announcement.standard",
    ),
    "a standard announcement of the future": (
        opening(
            call_settings=pb.CallSettings(caller_announcement=pb.Audio(standard=99))  # type: ignore[arg-type] # as sent
        ),
        "call_settings.caller_announcement.standard",
    ),
}


@pytest.mark.parametrize(("asked", "field"), REFUSED_FIELDS.values(), ids=REFUSED_FIELDS)
def test_a_wrong_field_is_named_and_nothing_is_opened(
    api: Api, world: World, asked: pb.OpenSessionRequest, field: str
) -> None:
    world.pool(12)
    refused = refusal(api.sessions.OpenSession, asked)
    assert (refused.code, refused.field) == (grpc.StatusCode.INVALID_ARGUMENT, field)
    assert refused.details["ErrorInfo"].metadata["field"] == field
    assert not api.sessions.ListSessions(pb.ListSessionsRequest()).sessions


def test_what_is_only_ever_answered_is_not_looked_at_when_asked(api: Api, world: World) -> None:
    world.pool()
    side = participant(1, reach=pb.Participant.REACH_AREA, reused_early=True)
    opened = api.sessions.OpenSession(opening(side, 2)).session.participants[0]
    assert (opened.reach, opened.reused_early) == (pb.Participant.REACH_ANY, False)


def test_a_time_to_live_beyond_the_pools_limit_is_refused(api: Api, world: World) -> None:
    world.pool(max_time_to_live=HOUR)
    assert refusal(api.sessions.OpenSession, opening(time_to_live=lasting(3601))).field == "time_to_live"
    assert api.sessions.OpenSession(opening(time_to_live=lasting(3600))).session.expire_time == at(START + HOUR)
