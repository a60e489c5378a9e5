from collections.abc import Sequence
from typing import Any

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from grpc_api.asking import at, lasting, opening, participant
from grpc_api.grpc_caller import Api, refusal
from masking.v1 import session_service_pb2 as pb
from masking_core.instants import HOUR, MINUTE, SECOND
from support.world import START, World, real, virtual

LABELS = {"city": "London"}
SETTINGS = pb.CallSettings(callee_announcement=pb.Audio(file_id="abc"), caller_id=pb.CALLER_ID_COUNTERPART_PROXY)
PLAIN = pb.CallSettings(caller_id=pb.CALLER_ID_COUNTERPART_PROXY)
FULL = pb.SESSION_VIEW_FULL


@pytest.fixture
def opened(api: Api, world: World) -> pb.Session:
    """A session of 1 (the rider) and 2 for an hour, with something in every field that can change."""
    world.pool(4)
    asked = opening(
        participant(1, label="rider"),
        participant(2),
        time_to_live=lasting(3600),
        reference="ride 17",
        labels=LABELS,
        call_settings=SETTINGS,
    )
    name = api.sessions.OpenSession(asked).session.name
    world.now += MINUTE
    return api.sessions.GetSession(pb.GetSessionRequest(name=name, view=FULL))


def update(name: str, *paths: str, **members: Any) -> pb.UpdateSessionRequest:
    session = pb.Session(name=name, **members)
    return pb.UpdateSessionRequest(session=session, update_mask=FieldMask(paths=paths), view=FULL)


def numbers(session: pb.Session) -> Sequence[Sequence[str]]:
    return [list(each.phone_numbers) for each in session.participants]


def labels(session: pb.Session) -> Sequence[str]:
    return [each.label for each in session.participants]


def test_only_what_the_mask_names_changes(api: Api, world: World, opened: pb.Session) -> None:
    asked = update(
        opened.name, "reference", reference="ride 18", labels={"not": "named"}, call_settings=pb.CallSettings()
    )
    changed = api.sessions.UpdateSession(asked)
    opened.reference = "ride 18"
    opened.update_time.CopyFrom(at(world.now))
    assert changed == opened


def test_what_the_mask_names_and_the_message_lacks_is_cleared(api: Api, opened: pb.Session) -> None:
    changed = api.sessions.UpdateSession(update(opened.name, "reference", "labels", "call_settings"))
    assert (changed.reference, dict(changed.labels), changed.call_settings) == ("", {}, PLAIN)


@pytest.mark.parametrize("paths", [(), ("*",)], ids=["empty mask", "star"])
def test_without_a_mask_all_that_the_message_holds_changes(
    api: Api, opened: pb.Session, paths: tuple[str, ...]
) -> None:
    changed = api.sessions.UpdateSession(update(opened.name, *paths, labels={"tier": "gold"}))
    assert changed.labels == {"tier": "gold"}
    assert (changed.reference, changed.expire_time, changed.call_settings) == ("ride 17", opened.expire_time, SETTINGS)


@pytest.mark.parametrize("path", ["name", "pool", "state", "reserve_numbers", "close_time", "labels.city", "nonsense"])
def test_a_mask_that_names_what_cannot_change_is_refused(api: Api, opened: pb.Session, path: str) -> None:
    refused = refusal(api.sessions.UpdateSession, update(opened.name, "reference", path, reference="new"))
    assert (refused.code, refused.field) == (grpc.StatusCode.INVALID_ARGUMENT, "update_mask")
    assert api.sessions.GetSession(pb.GetSessionRequest(name=opened.name, view=FULL)) == opened


def test_a_session_written_back_as_it_was_read_is_the_same_session(api: Api, world: World, opened: pb.Session) -> None:
    request = pb.UpdateSessionRequest(session=opened, view=FULL)
    changed = api.sessions.UpdateSession(request)
    opened.update_time.CopyFrom(at(world.now))
    assert changed == opened
    assert world.dials(1, opened.participants[0].proxy_number) == (real(2), opened.participants[1].proxy_number)


def test_a_session_written_back_with_redacted_numbers_is_refused(api: Api, opened: pb.Session) -> None:
    basic = api.sessions.GetSession(pb.GetSessionRequest(name=opened.name))
    refused = refusal(api.sessions.UpdateSession, pb.UpdateSessionRequest(session=basic))
    assert (refused.code, refused.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "PARTICIPANT_REFUSED")
    assert refused.field == "session.participants[0].phone_numbers[0]"
    assert "+44" not in refused.message.replace("+447700900123", "the example")
    assert api.sessions.GetSession(pb.GetSessionRequest(name=opened.name, view=FULL)) == opened


class TestTheEnd:
    @pytest.mark.parametrize("path", ["time_to_live", "expire_time", ""])
    def test_a_time_to_live_counts_from_the_change(self, api: Api, world: World, opened: pb.Session, path: str) -> None:
        asked = update(opened.name, *([path] if path else []), time_to_live=lasting(7200))
        assert api.sessions.UpdateSession(asked).expire_time == at(world.now + 2 * HOUR)

    @pytest.mark.parametrize("path", ["time_to_live", "expire_time", ""])
    def test_an_expire_time_can_shorten_it(self, api: Api, world: World, opened: pb.Session, path: str) -> None:
        end = world.now + SECOND
        changed = api.sessions.UpdateSession(update(opened.name, *([path] if path else []), expire_time=at(end)))
        assert changed.expire_time == at(end)
        world.now = end
        assert world.dials(1, opened.participants[0].proxy_number) is None

    def test_it_stays_when_the_mask_does_not_name_it(self, api: Api, opened: pb.Session) -> None:
        changed = api.sessions.UpdateSession(update(opened.name, "reference", time_to_live=lasting(1)))
        assert changed.expire_time == opened.expire_time

    def test_it_is_taken_away_by_an_expire_time_that_is_named_but_not_set(self, api: Api, opened: pb.Session) -> None:
        assert not api.sessions.UpdateSession(update(opened.name, "expire_time")).HasField("expire_time")

    def test_it_is_not_taken_away_by_a_time_to_live_that_was_forgotten(self, api: Api, opened: pb.Session) -> None:
        refused = refusal(api.sessions.UpdateSession, update(opened.name, "time_to_live"))
        assert (refused.code, refused.field) == (grpc.StatusCode.INVALID_ARGUMENT, "session.time_to_live")

    def test_it_cannot_lie_beyond_the_pools_limit(self, api: Api, world: World) -> None:
        world.pool(max_time_to_live=HOUR)
        name = api.sessions.OpenSession(opening()).session.name
        world.now += MINUTE
        for field, asked in (
            ("session.time_to_live", update(name, time_to_live=lasting(3600))),
            ("session.expire_time", update(name, expire_time=at(START + HOUR + SECOND))),
            ("session.expire_time", update(name, "expire_time")),
        ):
            refused = refusal(api.sessions.UpdateSession, asked)
            assert (refused.code, refused.field) == (grpc.StatusCode.INVALID_ARGUMENT, field)


class TestParticipants:
    def test_one_sides_numbers_change_and_both_keep_the_numbers_they_dial(
        self, api: Api, world: World, opened: pb.Session
    ) -> None:
        asked = update(opened.name, "participants", participants=[participant(), participant(7, 8)])
        changed = api.sessions.UpdateSession(asked)
        assert numbers(changed) == [[real(1)], [real(7), real(8)]]
        first, second = (each.proxy_number for each in opened.participants)
        assert [each.proxy_number for each in changed.participants] == [first, second]
        assert world.dials(1, first) == (real(7), second)
        assert world.dials(8, second) == (real(1), first)
        assert world.dials(2, second) is None

    def test_a_label_stays_when_it_is_unset_and_goes_when_it_is_empty(self, api: Api, opened: pb.Session) -> None:
        kept = update(opened.name, "participants", participants=[participant(5), participant(label="driver")])
        assert labels(api.sessions.UpdateSession(kept)) == ["rider", "driver"]
        cleared = update(opened.name, "participants", participants=[participant(label=""), participant()])
        changed = api.sessions.UpdateSession(cleared)
        assert labels(changed) == ["", "driver"]
        assert numbers(changed) == [[real(5)], [real(2)]]

    def test_they_can_exchange_their_numbers(self, api: Api, world: World, opened: pb.Session) -> None:
        changed = api.sessions.UpdateSession(update(opened.name, participants=[participant(2), participant(1)]))
        assert numbers(changed) == [[real(2)], [real(1)]]
        first, second = (each.proxy_number for each in changed.participants)
        assert world.dials(2, first) == (real(1), second)
        assert world.dials(1, second) == (real(2), first)

    @pytest.mark.parametrize("count", [0, 1, 3])
    def test_there_must_be_two(self, api: Api, opened: pb.Session, count: int) -> None:
        asked = update(opened.name, "participants", participants=[participant(index + 5) for index in range(count)])
        refused = refusal(api.sessions.UpdateSession, asked)
        assert (refused.code, refused.field) == (grpc.StatusCode.INVALID_ARGUMENT, "session.participants")

    @pytest.mark.parametrize(
        ("first", "second", "field"),
        [
            (participant(), participant(1), "session.participants[1].phone_numbers"),
            (participant(5), participant(5), "session.participants[0].phone_numbers"),
            (participant(2), participant(), "session.participants[0].phone_numbers"),
            (participant(5, 5), participant(), "session.participants[0].phone_numbers[1]"),
            (participant(*range(10, 21)), participant(), "session.participants[0].phone_numbers"),
            (participant(), participant("+44999"), "session.participants[1].phone_numbers[0]"),
            (participant(), participant(virtual(3)), "session.participants[1].phone_numbers[0]"),
            (participant(), participant(label="\0"), "session.participants[1].label"),
        ],
        ids=["the other's", "one for both", "the other's too", "twice", "eleven", "emergency", "virtual", "NUL"],
    )
    def test_a_wrong_one_is_named_and_nothing_changes(
        self, api: Api, opened: pb.Session, first: pb.Participant, second: pb.Participant, field: str
    ) -> None:
        refused = refusal(api.sessions.UpdateSession, update(opened.name, participants=[first, second]))
        assert (refused.code, refused.field) == (grpc.StatusCode.INVALID_ARGUMENT, field)
        assert api.sessions.GetSession(pb.GetSessionRequest(name=opened.name, view=FULL)) == opened


REFUSED_FIELDS: dict[str, tuple[dict[str, Any], str]] = {
    "a long reference": ({"reference": "a" * 257}, "session.reference"),
    "NUL in a label": ({"labels": {"city": "\0"}}, "session.labels[city]"),
    "a bad label key": ({"labels": {"City": ""}}, "session.labels"),
    "a negative time to live": ({"time_to_live": lasting(-1)}, "session.time_to_live"),
    "an end in the past": ({"expire_time": at(START)}, "session.expire_time"),
    "secret recording": ({"call_settings": pb.CallSettings(record=True)}, "session.call_settings.caller_announcement"),
    "a caller ID that is not ours": (
        {"call_settings": pb.CallSettings(caller_id=pb.CALLER_ID_FIXED, fixed_caller_id=real(9))},
        "session.call_settings.fixed_caller_id",
    ),
    "an empty announcement": (
        {"call_settings": pb.CallSettings(callee_announcement=pb.Audio())},
        "session.call_settings.callee_announcement",
    ),
}


@pytest.mark.parametrize(("members", "field"), REFUSED_FIELDS.values(), ids=REFUSED_FIELDS)
def test_a_wrong_field_is_named_and_nothing_changes(
    api: Api, opened: pb.Session, members: dict[str, Any], field: str
) -> None:
    refused = refusal(api.sessions.UpdateSession, update(opened.name, **members))
    assert (refused.code, refused.field) == (grpc.StatusCode.INVALID_ARGUMENT, field)
    assert api.sessions.GetSession(pb.GetSessionRequest(name=opened.name, view=FULL)) == opened


def test_an_ended_session_cannot_be_changed(api: Api, opened: pb.Session) -> None:
    api.sessions.CloseSession(pb.CloseSessionRequest(name=opened.name))
    refused = refusal(api.sessions.UpdateSession, update(opened.name, reference="too late"))
    assert (refused.code, refused.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "SESSION_ENDED")
    (violation,) = refused.details["PreconditionFailure"].violations
    assert violation.subject == opened.name


def test_a_session_without_a_name_is_refused(api: Api) -> None:
    assert refusal(api.sessions.UpdateSession, pb.UpdateSessionRequest()).field == "session.name"
