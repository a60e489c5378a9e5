import logging

import grpc
import pytest

from grpc_api.asking import opening, participant
from grpc_api.grpc_caller import Api, refusal
from grpc_api.switched_store import SwitchedStore
from masking.v1 import session_service_pb2 as pb
from masking_core.errors import KeysChanged, SealBroken, StoreNotReady, StoreUnavailable
from masking_core.instants import SECOND
from support.world import World, real

OPEN = "/masking.v1.SessionService/OpenSession"
GET = "/masking.v1.SessionService/GetSession"
BY_NAME = pb.GetSessionRequest(name="sessions/abc")


class TestOutages:
    def test_a_store_that_is_away_is_unavailable_with_a_hint(self, api: Api, store: SwitchedStore) -> None:
        store.problem = StoreUnavailable("the disk is full", retry_after=2 * SECOND)
        refused = refusal(api.sessions.GetSession, BY_NAME)
        assert (refused.code, refused.reason) == (grpc.StatusCode.UNAVAILABLE, "STORE_UNAVAILABLE")
        assert refused.message == "the disk is full"
        assert refused.details["RetryInfo"].retry_delay.seconds == 2
        store.problem = None
        assert refusal(api.sessions.GetSession, BY_NAME).code == grpc.StatusCode.NOT_FOUND

    def test_a_store_that_is_not_migrated_is_unavailable(self, api: Api, store: SwitchedStore) -> None:
        store.problem = StoreNotReady("run `masking migrate`")
        refused = refusal(api.sessions.GetSession, BY_NAME)
        assert (refused.code, refused.reason) == (grpc.StatusCode.UNAVAILABLE, "STORE_NOT_READY")

    def test_a_store_under_newer_keys_is_unavailable_with_a_hint(
        self, api: Api, world: World, store: SwitchedStore
    ) -> None:
        world.pool()
        store.problem = KeysChanged("other keys")
        refused = refusal(api.sessions.OpenSession, opening())
        assert (refused.code, refused.reason) == (grpc.StatusCode.UNAVAILABLE, "KEYS_CHANGED")
        assert "RetryInfo" in refused.details

    def test_a_broken_seal_is_lost_data_and_the_operator_hears_of_it(
        self, api: Api, store: SwitchedStore, caplog: pytest.LogCaptureFixture
    ) -> None:
        store.problem = SealBroken("a sealed value was altered")
        refused = refusal(api.sessions.GetSession, BY_NAME)
        assert (refused.code, refused.reason) == (grpc.StatusCode.DATA_LOSS, "SEAL_BROKEN")
        assert f"{GET}: a sealed value was altered" in caplog.text


class TestTheUnforeseen:
    def test_the_client_learns_nothing(self, api: Api, store: SwitchedStore) -> None:
        store.problem = ZeroDivisionError(f"calling {real(1)}")
        refused = refusal(api.sessions.GetSession, BY_NAME)
        assert (refused.code, refused.message, refused.details) == (grpc.StatusCode.INTERNAL, "internal error", {})

    def test_the_log_tells_where_it_happened_and_not_what_was_asked(
        self, api: Api, world: World, store: SwitchedStore, caplog: pytest.LogCaptureFixture
    ) -> None:
        world.pool()
        cause = KeyError(real(2))
        store.problem = ZeroDivisionError(f"calling {real(1)}")
        store.problem.__cause__ = cause
        asked = opening(participant(1, label="secret label"), participant(2), reference="secret reference")
        refusal(api.sessions.OpenSession, asked)
        assert f"{OPEN} failed:" in caplog.text
        assert "in open_session" in caplog.text
        assert "KeyError" in caplog.text
        assert "ZeroDivisionError" in caplog.text
        assert "secret" not in caplog.text
        assert "7700900" not in caplog.text

    def test_what_clients_get_wrong_is_no_matter_for_the_log(
        self, api: Api, world: World, caplog: pytest.LogCaptureFixture
    ) -> None:
        world.pool()
        caplog.set_level(logging.DEBUG)
        refusal(api.sessions.OpenSession, opening(1, participant("+449098790000")))
        refusal(api.sessions.GetSession, BY_NAME)
        assert caplog.records == []


class TestRequestsThatAreNone:
    @pytest.mark.parametrize(
        "data",
        [b"\x00", b"\xff" * 20, b"\x0a\x05abc", b"\x0a\x02\xff\xfe", b"\x0a\x03\xed\xa0\x80", b"\x0b"],
        ids=["no field", "noise", "cut short", "no UTF-8", "a lone surrogate", "an open group"],
    )
    def test_what_is_no_message_is_an_invalid_argument(
        self, api: Api, data: bytes, caplog: pytest.LogCaptureFixture
    ) -> None:
        refused = refusal(api.raw(OPEN), data)
        assert refused.code == grpc.StatusCode.INVALID_ARGUMENT
        assert refused.message == "the request is not a well-formed message"
        assert caplog.records == []

    def test_an_empty_message_is_a_request_that_lacks_everything(self, api: Api) -> None:
        refused = refusal(api.raw(OPEN), b"")
        assert (refused.code, refused.field) == (grpc.StatusCode.INVALID_ARGUMENT, "pool")

    def test_fields_of_the_future_are_passed_over(self, api: Api) -> None:
        assert refusal(api.raw(GET), BY_NAME.SerializeToString() + b"\xfa\x3f\x01x").code == grpc.StatusCode.NOT_FOUND

    def test_of_two_ends_the_last_counts_as_protobuf_has_it(self, api: Api, world: World) -> None:
        world.pool()
        merged = opening().SerializeToString() + b"\x22\x02\x08\x01" + b"\x1a\x02\x08\x3c"
        session = pb.OpenSessionResponse.FromString(api.raw(OPEN)(merged)).session
        assert session.expire_time.seconds == world.now // SECOND + 60

    def test_a_method_that_is_not_there_is_unimplemented(self, api: Api) -> None:
        refused = refusal(api.raw("/masking.v1.SessionService/Wiretap"), b"")
        assert refused.code == grpc.StatusCode.UNIMPLEMENTED

    def test_more_than_16_mebibytes_are_refused(self, api: Api, world: World) -> None:
        world.pool()
        refused = refusal(api.sessions.OpenSession, opening(reference="a" * 17 * 1024 * 1024))
        assert refused.code == grpc.StatusCode.RESOURCE_EXHAUSTED
