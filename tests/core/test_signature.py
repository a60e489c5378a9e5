"""Verification of the provider's webhooks: what is accepted, and everything that is not."""

import hashlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from masking_core.errors import SignatureRefused
from masking_core.signature import Credential, SignatureVerifier, sign

API_ID = "55ddccad2df62a4b615b7e3c472b2ab6"
CREDENTIAL = Credential(API_ID, "5da086b6a8e4424993646b8699c333ca")
OTHER_KEY = Credential(API_ID, "0000000000000000000000000000000a")
OTHER_ID = Credential("another-account", "5da086b6a8e4424993646b8699c333ca")
URL = "https://my.company.server/nmcallback"
BACKUP_URL = "https://backup.company.server/nmcallback"
STATUS_URL = "https://my.company.server/nmstatus"
CALLBACK = (
    b'{"from":"40257076838","to":"40257879513","nmCorrelationId":"7cb72e4b-cf9f-40b6-9fc4-79588d18a666",'
    b'"correlationId":"0f754338-1aff-4e09-a933-7d205ca7aed4"}'
)
PUBLISHED = f"{API_ID}:66c5985cf14f92e29c5647d4d9c4f12107a17507fe4ecfb3f5d4d2065e3dfab3"
REPORT = (
    b'{"action":"dial","from":"41793026727","status":"answered","inboundDuration":15,'
    b'"calculatedDuration":15,"pricePerSecond":0.0,"currency":"EUR","inboundDuration":"30"}'
)
SIGNED_REPORT = (
    b'{"action":"dial","from":"41793026727","status":"answered","inboundDuration":15,"inboundDuration":"30"}'
)


def verifier(*credentials: Credential, urls: tuple[str, ...] = (URL,), is_status: bool = False) -> SignatureVerifier:
    return SignatureVerifier(urls, credentials or (CREDENTIAL,), is_status=is_status)


def header(url: str, body: bytes, credential: Credential = CREDENTIAL) -> str:
    """The header by the definition, word for word."""
    digest = hashlib.sha256(url.encode() + body.replace(b"\n", b"") + credential.key.encode())
    return f"{credential.api_id}:{digest.hexdigest()}"


def refused(check: SignatureVerifier, authorization: str | None, body: bytes) -> bool:
    try:
        check.verify(authorization, body)
    except SignatureRefused:
        return True
    return False


def test_the_published_callback_is_accepted() -> None:
    assert not refused(verifier(), PUBLISHED, CALLBACK)


def test_the_published_callback_is_signed_as_published() -> None:
    assert sign(URL, CALLBACK, CREDENTIAL) == PUBLISHED


def test_newlines_in_the_body_do_not_count() -> None:
    assert not refused(verifier(), PUBLISHED, CALLBACK.replace(b",", b",\n") + b"\n")


def test_carriage_returns_count_or_do_not_as_the_signer_has_it() -> None:
    body = CALLBACK.replace(b",", b",\r\n")
    assert not refused(verifier(), PUBLISHED, body)
    assert not refused(verifier(), header(URL, body), body)


def test_a_status_report_is_verified_without_the_members_added_after_signing() -> None:
    status = verifier(urls=(STATUS_URL,), is_status=True)
    assert not refused(status, header(STATUS_URL, SIGNED_REPORT), REPORT)
    assert sign(STATUS_URL, REPORT, CREDENTIAL, is_status=True) == header(STATUS_URL, SIGNED_REPORT)


def test_a_status_report_is_not_verified_with_them() -> None:
    status = verifier(urls=(STATUS_URL,), is_status=True)
    assert refused(status, header(STATUS_URL, REPORT), REPORT)


def test_a_callback_is_signed_and_verified_whole() -> None:
    callbacks = SignatureVerifier((URL,), (CREDENTIAL,))
    assert refused(callbacks, header(URL, SIGNED_REPORT), REPORT)
    assert not refused(callbacks, header(URL, REPORT), REPORT)
    assert sign(URL, REPORT, CREDENTIAL) == header(URL, REPORT)


def test_any_of_several_urls_will_do() -> None:
    both = verifier(urls=(URL, BACKUP_URL))
    assert not refused(both, header(URL, CALLBACK), CALLBACK)
    assert not refused(both, header(BACKUP_URL, CALLBACK), CALLBACK)
    assert refused(verifier(urls=(URL,)), header(BACKUP_URL, CALLBACK), CALLBACK)


@pytest.mark.parametrize("url", [URL + "/", URL.upper(), URL.replace("https", "http"), URL + "?a=b", ""])
def test_a_url_in_another_spelling_is_another_url(url: str) -> None:
    assert refused(verifier(), header(url, CALLBACK), CALLBACK)


def test_any_of_several_credentials_will_do() -> None:
    both = verifier(CREDENTIAL, OTHER_ID)
    assert not refused(both, header(URL, CALLBACK, CREDENTIAL), CALLBACK)
    assert not refused(both, header(URL, CALLBACK, OTHER_ID), CALLBACK)


def test_one_id_can_have_an_old_and_a_new_key() -> None:
    both = verifier(CREDENTIAL, OTHER_KEY)
    assert not refused(both, header(URL, CALLBACK, CREDENTIAL), CALLBACK)
    assert not refused(both, header(URL, CALLBACK, OTHER_KEY), CALLBACK)
    assert refused(verifier(CREDENTIAL), header(URL, CALLBACK, OTHER_KEY), CALLBACK)


def test_a_key_verifies_under_its_own_id_alone() -> None:
    third = Credential("third", "a-key-of-its-own")
    authorization = header(URL, CALLBACK, third).replace("third:", API_ID + ":")
    assert refused(verifier(CREDENTIAL, third), authorization, CALLBACK)


def test_without_credentials_nothing_is_accepted() -> None:
    assert refused(SignatureVerifier((URL,), ()), PUBLISHED, CALLBACK)


def test_without_urls_nothing_is_accepted() -> None:
    assert refused(SignatureVerifier((), (CREDENTIAL,)), PUBLISHED, CALLBACK)


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        ":",
        API_ID,
        API_ID + ":",
        PUBLISHED[len(API_ID) :],
        PUBLISHED[len(API_ID) + 1 :],
        PUBLISHED[:-1],
        PUBLISHED[:-1] + "4",
        PUBLISHED[:-1] + "\uff13",
        PUBLISHED + "0",
        PUBLISHED + " ",
        " " + PUBLISHED,
        PUBLISHED + "\n",
        PUBLISHED + "\0",
        PUBLISHED.upper(),
        PUBLISHED.replace(":", "\uff1a"),
        PUBLISHED.replace(":", "::"),
        PUBLISHED.replace(":", " "),
        f"Basic {PUBLISHED}",
        f"App {PUBLISHED}",
        f"{PUBLISHED},{PUBLISHED}",
        "unknown" + PUBLISHED[len(API_ID) :],
        API_ID + ":" + "0" * 64,
        API_ID + ":" + "é" * 64,
        API_ID + ":" + "\ud800" * 64,
        "é" * 20 + ":" + "0" * 64,
        API_ID + ":" + "0" * 100_000,
        "a" * 100_000 + ":" + "0" * 64,
    ],
    ids=lambda header: ascii(header)[:40],
)
def test_a_forged_malformed_or_absent_header_is_refused(authorization: str | None) -> None:
    assert refused(verifier(), authorization, CALLBACK)


def test_a_header_is_refused_for_a_body_with_any_byte_changed() -> None:
    for position in range(len(CALLBACK)):
        forged = bytearray(CALLBACK)
        forged[position] ^= 1
        assert refused(verifier(), PUBLISHED, bytes(forged))


def test_the_longest_credentials_are_accepted() -> None:
    longest = Credential("a" * 80, "b" * 80)
    assert not refused(verifier(longest), header(URL, CALLBACK, longest), CALLBACK)


@pytest.mark.parametrize("part", ["", "a" * 81, "with space", "with:colon", "with_underscore", "é", "a\n"])
def test_ill_formed_credentials_are_refused_without_being_shown(part: str) -> None:
    for halves in ((part, "key"), ("id", part)):
        with pytest.raises(ValueError, match="apiId:key") as caught:
            Credential(*halves)
        assert not part.strip() or part not in str(caught.value)


def test_a_credential_does_not_print_its_key() -> None:
    assert CREDENTIAL.key not in repr(CREDENTIAL)


def test_a_refusal_tells_nothing() -> None:
    with pytest.raises(SignatureRefused) as caught:
        verifier().verify("someone:secret", b"private")
    assert str(caught.value) == "the signature does not verify"


@pytest.mark.parametrize("is_status", [False, True])
@given(authorization=st.one_of(st.none(), st.text(), st.text().map((API_ID + ":").__add__)), body=st.binary())
@example(authorization=PUBLISHED, body=b'{"currency":')
def test_whatever_comes_in_nothing_but_a_refusal_comes_out(
    authorization: str | None, body: bytes, *, is_status: bool
) -> None:
    assert refused(verifier(is_status=is_status), authorization, body)


@pytest.mark.parametrize("is_status", [False, True])
@given(body=st.binary())
def test_whatever_body_the_provider_signs_is_accepted(body: bytes, *, is_status: bool) -> None:
    authorization = sign(URL, body, CREDENTIAL, is_status=is_status)
    assert not refused(verifier(is_status=is_status), authorization, body)


def test_who_signed_is_told() -> None:
    assert verifier().verify(sign(URL, CALLBACK, CREDENTIAL), CALLBACK) == CREDENTIAL.api_id


def test_a_header_names_a_signer_that_is_lacking_or_none_at_all() -> None:
    check = verifier()
    assert check.lacks(sign(URL, CALLBACK, Credential("another", "key")))
    assert not check.lacks(sign(URL, b"other", CREDENTIAL))
    assert not any(check.lacks(header) for header in (None, "", "x" * 200, "é:0"))
