from collections.abc import Iterator

import grpc
import pytest
from google.protobuf.message import Message
from google.rpc import error_details_pb2 as rpc

from adapters.grpc_server.statuses import ANSWERS, to_status
from masking.v1 import session_service_pb2 as pb
from masking_core import errors
from masking_core.exhaustion import Exhaustion, PoolExhausted, Rule
from masking_core.instants import SECOND

EXHAUSTION = Exhaustion(
    "ride-uk",
    1,
    5,
    {Rule.IN_USE_BY_PARTICIPANT: 3, Rule.NO_VOICE: 2},
    ("close some sessions", "add numbers with voice"),
)
EXAMPLES: list[errors.MaskingError] = [
    errors.InvalidArgument("labels", "are wrong"),
    errors.ParticipantRefused("participants[1].phone_numbers[0]", "is a short number"),
    errors.NotFound("session", "abc"),
    errors.AlreadyExists("there is a pool ride-uk already"),
    errors.RequestIdReused(),
    PoolExhausted(EXHAUSTION),
    errors.NumberNotAvailable("+442079460000", 1, "NO_VOICE"),
    errors.SessionEnded("abc"),
    errors.NumberInUse("it is in use"),
    errors.Conflict("changed meanwhile"),
    errors.CopyRefused("the target is not empty"),
    errors.KeysChanged("other keys"),
    errors.SealBroken("altered"),
    errors.SignatureRefused(),
    errors.Unauthenticated("no key"),
    errors.PermissionDenied("the key lacks a scope", "calls:read"),
    errors.ProviderNotConfigured("set its URL"),
    errors.ProviderRefused("it refuses"),
    errors.ProviderUnavailable("it is away", retry_after=3 * SECOND // 2),
    errors.StoreUnavailable("the store is away", retry_after=3 * SECOND // 2),
    errors.StoreNotReady("migrate it"),
]


def every_error(root: type[errors.MaskingError] = errors.MaskingError) -> Iterator[type[errors.MaskingError]]:
    for kind in root.__subclasses__():
        yield kind
        yield from every_error(kind)


def details(error: errors.MaskingError) -> dict[str, Message]:
    kinds: list[type[Message]] = [
        rpc.ErrorInfo,
        rpc.BadRequest,
        rpc.RetryInfo,
        rpc.PreconditionFailure,
        pb.ExhaustionReport,
    ]
    found: dict[str, Message] = {}
    for packed in to_status(error).details:
        (kind,) = (kind for kind in kinds if packed.Is(kind.DESCRIPTOR))
        found[kind.DESCRIPTOR.name] = kind.FromString(packed.value)
    return found


def test_every_error_of_the_core_has_its_line_in_the_table() -> None:
    assert set(every_error()) == set(ANSWERS)


def test_every_error_has_its_example_here() -> None:
    assert {type(error) for error in EXAMPLES} == set(ANSWERS)


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_an_error_tells_its_sentence_and_its_stable_reason(error: errors.MaskingError) -> None:
    status = to_status(error)
    assert status.code == ANSWERS[type(error)].code.value[0]
    assert status.message == str(error)
    info: rpc.ErrorInfo = details(error)["ErrorInfo"]
    assert (info.reason, info.domain) == (error.reason, "masking.v1")


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_no_error_reads_as_if_all_were_well_or_nobody_knew(error: errors.MaskingError) -> None:
    assert ANSWERS[type(error)].code not in (
        grpc.StatusCode.OK,
        grpc.StatusCode.UNKNOWN,
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.UNIMPLEMENTED,
    )


def test_a_wrong_field_is_named() -> None:
    bad: rpc.BadRequest = details(errors.InvalidArgument("labels[a]", "is too long"))["BadRequest"]
    (violation,) = bad.field_violations
    assert (violation.field, violation.description) == ("labels[a]", "is too long")


def test_an_exhausted_pool_sends_its_report() -> None:
    report = details(PoolExhausted(EXHAUSTION))["ExhaustionReport"]
    ruled_out = pb.ExhaustionReport.RuledOut
    assert report == pb.ExhaustionReport(
        pool="pools/ride-uk",
        participant=1,
        numbers=5,
        ruled_out=[
            ruled_out(rule="IN_USE_BY_PARTICIPANT", numbers=3, help="close some sessions"),
            ruled_out(rule="NO_VOICE", numbers=2, help="add numbers with voice"),
        ],
    )


@pytest.mark.parametrize("kind", [errors.StoreUnavailable, errors.ProviderUnavailable])
def test_a_store_or_a_provider_that_is_away_says_when_to_come_again(
    kind: type[errors.StoreUnavailable | errors.ProviderUnavailable],
) -> None:
    hint: rpc.RetryInfo = details(kind("away", retry_after=3 * SECOND // 2))["RetryInfo"]
    assert (hint.retry_delay.seconds, hint.retry_delay.nanos) == (1, 500_000_000)


def test_keys_that_moved_on_say_when_to_come_again() -> None:
    assert "RetryInfo" in details(errors.KeysChanged("other keys"))


def test_a_store_that_somebody_must_migrate_promises_nothing() -> None:
    assert set(details(errors.StoreNotReady("migrate it"))) == {"ErrorInfo"}


@pytest.mark.parametrize(
    ("error", "kind", "subject"),
    [
        (errors.SessionEnded("abc"), "SESSION_ENDED", "sessions/abc"),
        (errors.NumberNotAvailable("+442079460000", 1, "NO_VOICE"), "NO_VOICE", "participants[1].proxy_number"),
        (errors.NumberInUse("it is in use"), "NUMBER_IN_USE", ""),
    ],
    ids=["SessionEnded", "NumberNotAvailable", "NumberInUse"],
)
def test_a_failed_precondition_says_which(error: errors.MaskingError, kind: str, subject: str) -> None:
    failure: rpc.PreconditionFailure = details(error)["PreconditionFailure"]
    (violation,) = failure.violations
    assert (violation.type, violation.subject, violation.description) == (kind, subject, str(error))


def test_an_error_that_is_new_to_the_table_is_internal() -> None:
    assert to_status(errors.MaskingError("?")).code == grpc.StatusCode.INTERNAL.value[0]
