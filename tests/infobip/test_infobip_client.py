"""The client against the stand-in, whatever goes wrong between the two."""

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from infobip_api_client.models.number_masking_credentials_body import NumberMaskingCredentialsBody
from infobip_api_client.models.number_masking_credentials_response import NumberMaskingCredentialsResponse
from infobip_api_client.models.number_masking_setup_body import NumberMaskingSetupBody
from infobip_api_client.models.number_masking_setup_response import NumberMaskingSetupResponse

from adapters.infobip.client import InfobipClient
from adapters.infobip.errors import InfobipError, Unsure
from adapters.infobip.transport import Transport
from adapters.infobip.wire import (
    Draft,
    OwnedNumber,
    Pair,
    VoiceAction,
    read_configuration,
    read_number,
    read_pair,
    read_voice,
    write_configuration,
)
from adapters.infobip_simulator.faults import Fault
from adapters.infobip_simulator.server import Simulator
from adapters.secret import Secret
from infobip.conftest import KEY
from infobip.http_servers import Receiver, running
from support.world import virtual

URL = "https://masking.example.org/infobip"
DRAFT = Draft("Masking", f"{URL}/callback", f"{URL}/status", f"{URL}/backup", f"{URL}/backup-status", "ours")
UNSURE = (Fault.DROPPED_BEFORE, Fault.DROPPED_AFTER, Fault.BROKEN_BEFORE, Fault.BROKEN_AFTER)


class Account:
    """A client of the stand-in, whose pauses are noted and take no time."""

    def __init__(self, base_url: str, key: str = KEY) -> None:
        self.pauses: list[float] = []
        self.transport = Transport(base_url, Secret(key), self.pauses.append)
        self.client = InfobipClient(self.transport)


@pytest.fixture
def account(simulator: Simulator) -> Iterator[Account]:
    account = Account(simulator.base_url)
    yield account
    account.transport.close()


@pytest.fixture
def client(account: Account) -> InfobipClient:
    return account.client


def test_every_number_is_read_whatever_the_page(simulator: Simulator, client: InfobipClient) -> None:
    assert client.numbers() == []
    simulator.account.rent([virtual(index) for index in range(230)])
    simulator.account.rent(["+12125550100"], "US", capabilities=("SMS",), tags=("parcels",))
    numbers = client.numbers()
    assert len(numbers) == 231
    assert numbers[0] == OwnedNumber(numbers[0].key, "+12125550100", "US", voice=False, sms=True, tags=("parcels",))
    assert numbers[1].number == virtual(0)
    assert numbers[1].voice


def test_a_list_that_changes_while_it_is_read_is_read_again(simulator: Simulator, client: InfobipClient) -> None:
    simulator.account.rent([virtual(index) for index in range(1, 150)])

    def rent_before_the_second_page(number: int) -> None:
        if number == 2:
            simulator.account.rent([virtual(0)])

    simulator.faults.before = rent_before_the_second_page
    assert len(client.numbers()) == 150


def test_a_configuration_is_made_changed_and_removed(client: InfobipClient) -> None:
    made = client.create_configuration(DRAFT)
    assert made.draft == DRAFT
    client.replace_configuration(made.key, Draft("Masking", DRAFT.callback_url))
    (changed,) = client.configurations()
    assert (changed.key, changed.draft) == (made.key, Draft("Masking", DRAFT.callback_url))
    for _ in range(2):
        client.delete_configuration(made.key)
    assert client.configurations() == []


def test_a_number_is_led_to_a_configuration_and_another_action_is_never_overwritten_unasked(
    simulator: Simulator, client: InfobipClient
) -> None:
    simulator.account.rent([virtual(0)])
    configuration = client.create_configuration(DRAFT).key
    (number,) = client.numbers()
    assert client.voice(number.key) is None
    client.assign(number.key, configuration, instead=False)
    assert client.voice(number.key) == VoiceAction("VOICE_NUMBER_MASKING", configuration)
    other = {"action": {"type": "FORWARD_TO_NUMBER"}}
    simulator.account.replace_voice(number.key, other)
    with pytest.raises(InfobipError) as raised:
        client.assign(number.key, configuration, instead=False)
    assert raised.value.status == 409
    assert client.voice(number.key) == VoiceAction("FORWARD_TO_NUMBER")
    client.assign(number.key, configuration, instead=True)
    for _ in range(2):
        client.unassign(number.key)
    assert client.voice(number.key) is None


def test_credentials_are_read_and_set(client: InfobipClient) -> None:
    assert client.pair() is None
    client.set_pair(Pair("one", "first"), instead=False)
    client.set_pair(Pair("two", "second"), instead=True)
    assert client.pair() == Pair("two", "second")


def test_audio_is_uploaded_or_fetched_from_where_it_lies(simulator: Simulator, client: InfobipClient) -> None:
    posted = client.upload(content=b"ID3 and so on")
    linked = client.upload(url=f"{URL}/ended.mp3")
    assert simulator.account.media.audio == {posted: b"ID3 and so on", linked: f"{URL}/ended.mp3"}


def verbs(simulator: Simulator, client: InfobipClient) -> dict[str, tuple[Callable[[], object], Callable[[], object]]]:
    """Every verb that changes something, and what to compare afterwards."""
    simulator.account.rent([virtual(0), virtual(1), virtual(2)])
    fresh, led, _ = client.numbers()
    old = client.create_configuration(Draft("Old", DRAFT.callback_url)).key
    client.assign(led.key, old, instead=False)
    account = simulator.account

    def names() -> list[str]:
        return [each["name"] for each in account.configurations.values()]

    def voices() -> list[Any]:
        return [each.voice for each in account.numbers.values()]

    return {
        "create": (lambda: client.create_configuration(DRAFT), names),
        "replace": (lambda: client.replace_configuration(old, DRAFT), names),
        "delete": (lambda: client.delete_configuration(old), names),
        "assign": (lambda: client.assign(fresh.key, old, instead=False), voices),
        "take over": (lambda: client.assign(led.key, old, instead=True), voices),
        "unassign": (lambda: client.unassign(led.key), voices),
        "set": (lambda: client.set_pair(Pair("one", "first"), instead=False), lambda: account.credentials),
        "upload": (lambda: client.upload(url=URL), lambda: set(account.media.audio.values())),
    }


VERBS = ("create", "replace", "delete", "assign", "take over", "unassign", "set", "upload")


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("verb", VERBS)
def test_a_change_has_the_effect_of_once_whatever_becomes_of_the_first_answers(
    simulator: Simulator, account: Account, verb: str, fault: Fault
) -> None:
    do, look = verbs(simulator, account.client)[verb]
    first = simulator.faults.requests + 1
    simulator.faults.by_request = {first: fault, first + 2: Fault.TOO_MANY}
    do()
    changed = look()
    simulator.faults.by_request = {}
    assert changed == look()
    match verb:
        case "create":
            assert changed == ["Old", "Masking"]
        case "replace":
            assert changed == ["Masking"]
        case "delete":
            assert changed == []
        case "assign":
            assert sum(each is not None for each in changed) == 2  # type: ignore[attr-defined] # a list of voices
        case "take over":
            assert sum(each is not None for each in changed) == 1  # type: ignore[attr-defined] # likewise
        case "unassign":
            assert changed == [None, None, None]
        case "set":
            assert changed == {"apiId": "one", "key": "first"}
        case "upload":
            assert changed == {URL}


@pytest.mark.parametrize("fault", UNSURE)
def test_an_action_that_somebody_sets_while_an_answer_is_lost_is_not_overwritten(
    simulator: Simulator, client: InfobipClient, fault: Fault
) -> None:
    simulator.account.rent([virtual(0)])
    configuration = client.create_configuration(DRAFT).key
    (number,) = client.numbers()
    first = simulator.faults.requests + 1

    def somebody(request: int) -> None:
        if request == first + 1:
            simulator.account.number(number.key).voice = {"action": {"type": "FORWARD_TO_NUMBER"}}

    simulator.faults.before = somebody
    simulator.faults.by_request = {first: fault}
    with pytest.raises(InfobipError):
        client.assign(number.key, configuration, instead=False)
    assert simulator.account.voice(number.key) == {"action": {"type": "FORWARD_TO_NUMBER"}}


def test_the_pauses_grow_and_heed_what_infobip_asks_for(simulator: Simulator, account: Account) -> None:
    simulator.faults.by_request = {1: Fault.BROKEN_BEFORE, 2: Fault.BROKEN_BEFORE, 3: Fault.TOO_MANY}
    simulator.faults.retry_after = 30
    account.client.numbers()
    first, second, third = account.pauses
    assert 0 < first < second < third == 30


@pytest.mark.parametrize("fault", Fault)
def test_what_does_not_pass_is_told_in_the_end(simulator: Simulator, account: Account, fault: Fault) -> None:
    simulator.faults.by_request = dict.fromkeys(range(1, 100), fault)
    with pytest.raises(InfobipError) as raised:
        account.client.create_configuration(DRAFT)
    assert raised.value.passing
    assert isinstance(raised.value, Unsure) is (fault is not Fault.TOO_MANY)
    assert simulator.faults.requests < 40


def test_errors_are_in_infobip_s_own_words_with_what_to_do(simulator: Simulator, client: InfobipClient) -> None:
    with pytest.raises(InfobipError) as raised:
        client.create_configuration(Draft("dash-ed", DRAFT.callback_url))
    assert str(raised.value) == (
        "Infobip answered 400 to the creation of the masking configuration: Bad request: name must match "
        "[a-zA-Z0-9 ]+ and have at most 100 characters (BAD_REQUEST); "
        "compare what was sent with what Infobip's documentation allows"
    )
    assert not raised.value.passing
    stranger = Account(simulator.base_url, "another-key")
    with pytest.raises(InfobipError, match=r"Invalid login details.*check MASKING_INFOBIP_API_KEY") as refused:
        stranger.client.numbers()
    assert refused.value.status == 401
    assert stranger.pauses == []
    stranger.transport.close()


def test_a_server_that_is_not_there_is_told_and_a_post_to_it_repeated() -> None:
    nobody = Account("http://127.0.0.1:1")
    with pytest.raises(InfobipError, match="check MASKING_INFOBIP_BASE_URL") as raised:
        nobody.client.create_configuration(DRAFT)
    assert (raised.value.status, isinstance(raised.value, Unsure)) == (0, False)
    assert len(nobody.pauses) == 5
    nobody.transport.close()


@pytest.mark.parametrize("told", [None, [], {"numbers": None}, {"numbers": [{}], "numberCount": 1}, "x"])
def test_an_answer_that_does_not_read_is_told(told: Any) -> None:
    receiver = Receiver(lambda _, __: (200, told))
    with running(receiver):
        other = Account(receiver.base_url)
        with pytest.raises(InfobipError, match="does not read as documented"):
            other.client.upload(url=URL)
        other.transport.close()


def test_numbers_in_infobip_s_words_are_hidden() -> None:
    text = {"requestError": {"serviceException": {"messageId": "X", "text": "no 447700900123 or +447700900124"}}}
    receiver = Receiver(lambda _, __: (403, text))
    with running(receiver):
        other = Account(receiver.base_url)
        with pytest.raises(InfobipError, match="no ••••• or •••••") as raised:
            other.client.upload(url=URL)
        assert "scopes" in str(raised.value)
        other.transport.close()


def test_the_key_is_in_no_text_and_no_log(account: Account, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(InfobipError) as raised:
        account.client.create_configuration(Draft("dash-ed", DRAFT.callback_url))
    account.client.numbers()
    shown = f"{account.transport!r} {vars(account.transport)!r} {raised.value!r} {caplog.text}"
    assert KEY not in shown


def test_what_is_sent_and_read_is_what_the_official_models_say() -> None:
    body = NumberMaskingSetupBody.from_dict(write_configuration(DRAFT))
    assert body is not None
    assert body.to_dict() == write_configuration(DRAFT)
    answered = NumberMaskingSetupResponse(key="K", **body.model_dump()).to_dict()
    assert read_configuration(answered).draft == DRAFT
    pair = NumberMaskingCredentialsBody(api_id="one", key="first").to_dict()
    assert (
        read_pair(pair) == read_pair(NumberMaskingCredentialsResponse.from_dict(pair).to_dict()) == Pair("one", "first")
    )


def test_what_is_not_given_is_read_as_nothing() -> None:
    assert read_voice({}) is None
    assert read_voice({"action": None}) is None
    assert read_pair({"apiId": "one"}) == Pair("one", "")
    short = read_number({"numberKey": "k", "number": "12345"})
    assert short == OwnedNumber("k", "12345", "", voice=False, sms=False, tags=())
    for wrong in ({"numberKey": "k"}, {"number": "447700900123"}):
        with pytest.raises(ValueError, match="missing"):
            read_number(wrong)
