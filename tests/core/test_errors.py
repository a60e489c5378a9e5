"""The tree of errors: one root, and a reason for each that never changes."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module

import masking_core
from masking_core.errors import (
    InvalidArgument,
    MaskingError,
    NotFound,
    NumberNotAvailable,
    ParticipantRefused,
    RequestIdReused,
    SessionEnded,
    SignatureRefused,
    StoreUnavailable,
)
from masking_core.instants import SECOND

REASONS = {
    "MaskingError": "INTERNAL",
    "InvalidArgument": "INVALID_ARGUMENT",
    "ParticipantRefused": "PARTICIPANT_REFUSED",
    "NotFound": "NOT_FOUND",
    "AlreadyExists": "ALREADY_EXISTS",
    "RequestIdReused": "REQUEST_ID_REUSED",
    "PoolExhausted": "POOL_EXHAUSTED",
    "NumberNotAvailable": "NUMBER_NOT_AVAILABLE",
    "SessionEnded": "SESSION_ENDED",
    "NumberInUse": "NUMBER_IN_USE",
    "Conflict": "CONFLICT",
    "KeysChanged": "KEYS_CHANGED",
    "CopyRefused": "COPY_REFUSED",
    "SealBroken": "SEAL_BROKEN",
    "SignatureRefused": "SIGNATURE_REFUSED",
    "Unauthenticated": "UNAUTHENTICATED",
    "PermissionDenied": "PERMISSION_DENIED",
    "ProviderNotConfigured": "PROVIDER_NOT_CONFIGURED",
    "ProviderRefused": "PROVIDER_REFUSED",
    "ProviderUnavailable": "PROVIDER_UNAVAILABLE",
    "StoreUnavailable": "STORE_UNAVAILABLE",
    "StoreNotReady": "STORE_NOT_READY",
}


def tree(error: type[MaskingError]) -> Iterator[type[MaskingError]]:
    yield error
    for child in error.__subclasses__():
        yield from tree(child)


def errors_of_the_core() -> list[type[MaskingError]]:
    for module in pkgutil.walk_packages(masking_core.__path__, "masking_core."):
        import_module(module.name)
    return [error for error in tree(MaskingError) if error.__module__.startswith("masking_core.")]


def test_every_error_has_the_reason_that_callers_rely_on() -> None:
    assert {error.__name__: error.reason for error in errors_of_the_core()} == REASONS


def test_no_two_errors_share_a_reason_and_each_names_its_own() -> None:
    errors = errors_of_the_core()
    assert len({error.reason for error in errors}) == len(errors)
    assert all("reason" in vars(error) for error in errors)


def test_every_error_is_drawn_once_in_the_tree_at_the_top_of_its_module() -> None:
    drawing = import_module("masking_core.errors").__doc__ or ""
    drawn = [line.lstrip("│├└─ ").split()[0] for line in drawing.splitlines() if "─" in line or line == "MaskingError"]
    assert sorted(drawn) == sorted(REASONS)


def test_an_error_of_a_field_names_the_field_and_what_is_wrong_with_it() -> None:
    for kind in (InvalidArgument, ParticipantRefused):
        error = kind("participants[1].label", "is too long")
        assert (error.field, error.problem, str(error)) == (
            "participants[1].label",
            "is too long",
            "participants[1].label: is too long",
        )


def test_an_error_is_one_sentence_for_people() -> None:
    assert str(NotFound("pool", "ride-uk")) == "there is no pool ride-uk"
    assert str(SessionEnded("s1")) == "session s1 has ended"
    assert str(RequestIdReused()) == "this request_id was used for a different request"
    assert str(SignatureRefused()) == "the signature does not verify"
    refused = NumberNotAvailable("+442079460001", 1, "RESERVED")
    assert str(refused) == "participants[1] cannot have +442079460001: RESERVED"


def test_a_store_that_is_away_says_when_to_come_again() -> None:
    assert StoreUnavailable("the disk is full").retry_after == SECOND
    assert StoreUnavailable("locked", 5 * SECOND).retry_after == 5 * SECOND
