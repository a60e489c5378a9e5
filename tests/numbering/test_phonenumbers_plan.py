"""What the numbering plans of the world say of a number."""

import re
import subprocess
import sys

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.numbering import PhonenumbersPlan
from masking_core.ports.numbering import NumberDescription, NumberKind

PLAN = PhonenumbersPlan()
E164 = st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True)
NEARLY_E164 = st.from_regex(r"\+?[0-9]{0,16}", fullmatch=True)


@pytest.mark.parametrize(
    ("number", "country", "area"),
    [
        ("+442079460123", "GB", "20"),
        ("+12025550123", "US", "202"),
        ("+33199001234", "FR", "1"),
        ("+4930231250001", "DE", "30"),
        ("+41446681800", "CH", "44"),
        ("+390236618300", "IT", "02"),
        ("+441481960194", "GG", "1481"),
    ],
)
def test_a_geographical_number_has_a_country_and_an_area(number: str, country: str, area: str) -> None:
    assert PLAN.describe(number) == NumberDescription(NumberKind.ORDINARY, number, country, area)


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("+41793026727", "CH"),
        ("+4915199999999", "DE"),
        ("+61491570006", "AU"),
        ("+393471234567", "IT"),
        ("+6281234567890", "ID"),
        ("+8613912345678", "CN"),
    ],
)
def test_a_mobile_number_has_a_country_and_no_area(number: str, country: str) -> None:
    assert PLAN.describe(number) == NumberDescription(NumberKind.ORDINARY, number, country)


@pytest.mark.parametrize(
    ("mobile", "fixed"),
    [("+5491112345678", "+541123456789"), ("+5511961234567", "+551121234567"), ("+525512345678", "+525556581111")],
)
def test_a_mobile_number_of_an_area_has_the_area_that_fixed_lines_there_have(mobile: str, fixed: str) -> None:
    described = PLAN.describe(mobile)
    assert described.area
    assert (described.country, described.area) == (PLAN.describe(fixed).country, PLAN.describe(fixed).area)


@pytest.mark.parametrize("number", [f"+447700900{last:03}" for last in (0, 100, 123, 199, 999)])
def test_the_mobile_numbers_kept_for_examples_are_ordinary(number: str) -> None:
    assert PLAN.describe(number) == NumberDescription(NumberKind.ORDINARY, number, "GB")


@pytest.mark.parametrize("number", [f"+44207946{last:04}" for last in (0, 123, 999)])
def test_the_fixed_lines_kept_for_examples_are_ordinary(number: str) -> None:
    assert PLAN.describe(number) == NumberDescription(NumberKind.ORDINARY, number, "GB", "20")


@pytest.mark.parametrize("number", ["+80012345678", "+870773111632"])
def test_a_number_of_no_country_is_ordinary_and_has_none(number: str) -> None:
    assert PLAN.describe(number) == NumberDescription(NumberKind.ORDINARY, number)


@pytest.mark.parametrize("number", ["+18005550123", "+443001234567", "+447012345678"])
def test_toll_free_company_and_personal_numbers_are_ordinary_and_have_no_area(number: str) -> None:
    description = PLAN.describe(number)
    assert description.kind is NumberKind.ORDINARY
    assert description.area == ""


@pytest.mark.parametrize("number", ["+19005551234", "+449012345678", "+448445551234", "+979123456789", "+491805123456"])
def test_a_number_that_costs_its_caller_more_is_premium_rate(number: str) -> None:
    assert PLAN.describe(number) == NumberDescription(NumberKind.PREMIUM_RATE)


@pytest.mark.parametrize(
    "text",
    [
        "112",
        "+112",
        "911",
        "+911",
        "999",
        "+999",
        "000",
        "110",
        "+110",
        "+44999",
        "+44112",
        "+1911",
        "1911",
        "+49110",
        "+33112",
        "+358112",
        "+683999",
        "+691320221",
        "+291127799",
    ],
)
def test_an_emergency_number_is_one_with_and_without_its_country(text: str) -> None:
    assert PLAN.describe(text) == NumberDescription(NumberKind.EMERGENCY)


@pytest.mark.parametrize("text", ["12345", "+12345", "411", "+1411", "116117", "+49116117", "+35899", "10"])
def test_a_short_number_is_one_with_and_without_its_country(text: str) -> None:
    assert PLAN.describe(text) == NumberDescription(NumberKind.SHORT)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "+",
        "1",
        "anonymous",
        "447700900123",
        "0044770090012",
        "07700900123",
        "+44 7700 900123",
        " +447700900123",
        "+447700900123\n",
        "+4407700900123",
        "+4420794600001234",
        "tel:+447700900123",
        "+٤٤٧٧٠٠٩٠٠١٢٣",
        "+447700900123;ext=1",
        "\u202a+447700900123",
        "+999123456789",
        "+15555555555",
        "+447600123456",
        "+4477009001234",
        "+0447700900123",
        "\0",
        "\ud800",
        pytest.param("9" * 100_000, id="very long"),
    ],
)
def test_anything_else_is_invalid(text: str) -> None:
    assert PLAN.describe(text) == NumberDescription(NumberKind.INVALID)


def test_a_number_has_one_spelling() -> None:
    """A zero too many would make two numbers of one, and a participant a stranger to itself."""
    assert PLAN.describe("+498001234567").kind is NumberKind.ORDINARY
    assert PLAN.describe("+4908001234567").kind is NumberKind.INVALID


@given(st.text())
def test_no_text_is_refused_with_an_exception(text: str) -> None:
    description = PLAN.describe(text)
    assert description.kind is NumberKind.ORDINARY or description == NumberDescription(description.kind)


@given(st.one_of(E164, NEARLY_E164))
def test_an_ordinary_number_is_described_as_it_was_written(text: str) -> None:
    description = PLAN.describe(text)
    if description.kind is NumberKind.ORDINARY:
        assert description.e164 == text
        assert description.country == "" or (len(description.country) == 2 and description.country.isupper())
        assert description.area == "" or description.area in text
    else:
        assert description == NumberDescription(description.kind)


def test_the_large_tables_of_places_and_carriers_are_left_on_disk() -> None:
    program = "import sys, adapters.numbering; print(*sys.modules, sep='\\n')"
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = finished.stdout.split()
    assert "phonenumbers" in loaded
    assert not {"phonenumbers.geocoder", "phonenumbers.carrier", "phonenumbers.timezone"} & set(loaded)
    assert not [module for module in loaded if module.startswith("phonenumbers.geodata")]


def test_the_patterns_of_the_world_are_compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = [
        phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
        for region in phonenumbers.SUPPORTED_REGIONS
        if (example := phonenumbers.example_number(region)) is not None
    ]
    described = [PLAN.describe(number) for number in numbers]
    compiled: list[str] = []
    compile_pattern = re.compile

    def counting(pattern: str, flags: int = 0) -> "re.Pattern[str]":
        compiled.append(pattern)
        return compile_pattern(pattern, flags)

    monkeypatch.setattr(re, "compile", counting)
    assert [PLAN.describe(number) for number in numbers] == described
    assert compiled == []
