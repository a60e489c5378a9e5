from io import BytesIO

import pytest

from adapters.cli.errors import CommandError
from adapters.cli.exit_codes import ExitCode
from adapters.cli.number_file import NumberLine, read_numbers


def read(text: str | bytes) -> list[NumberLine]:
    data = text if isinstance(text, bytes) else text.encode()
    return read_numbers(BytesIO(data), lambda *_: None)


def problems(text: str | bytes) -> dict[int, str]:
    """The lines that are refused."""
    with pytest.raises(CommandError) as refused:
        read(text)
    assert refused.value.code == ExitCode.USAGE
    lines = refused.value.details["lines"]
    assert isinstance(lines, list)
    return {each["line"]: each["problem"] for each in lines}


def test_a_file_of_numbers_alone_needs_no_header() -> None:
    assert read("+442079460001\n+442079460002") == [
        NumberLine(1, "+442079460001", "", "", voice=True, sms=False),
        NumberLine(2, "+442079460002", "", "", voice=True, sms=False),
    ]


def test_a_header_names_the_columns_in_any_order() -> None:
    assert read("SMS,Number,voice\nyes,+442079460001,\nfalse,+442079460002,no\n") == [
        NumberLine(2, "+442079460001", "", "", voice=True, sms=True),
        NumberLine(3, "+442079460002", "", "", voice=False, sms=False),
    ]


def test_without_a_header_the_columns_have_their_order() -> None:
    assert read("+442079460001,gb,20,0,1") == [NumberLine(1, "+442079460001", "GB", "20", voice=False, sms=True)]


def test_what_spreadsheets_write_is_read() -> None:
    text = '\ufeff# rented in March\r\nnumber,country,area\r\n\r\n"+442079460001", GB ,20,\r\n+442079460002\r,,\r\n'
    assert [(each.line, each.number, each.country) for each in read(text)] == [
        (4, "+442079460001", "GB"),
        (5, "+442079460002", ""),
    ]


def test_every_bad_line_is_named_and_nothing_taken() -> None:
    found = problems(
        "number,country,area,voice,sms\n"
        "+442079460001\n"
        "02079460002\n"
        "+442079460003,United Kingdom\n"
        "+442079460004,GB,twenty\n"
        "+442079460005,GB,20,perhaps\n"
        "+442079460001,GB\n"
        "+442079460006,GB,20,yes,no,more\n"
        '"+442079460007\n'
        "+44\n"
        "+449098790000\n"
    )
    assert sorted(found) == [3, 4, 5, 6, 7, 8, 9, 10, 11]
    assert "E.164" in found[3]
    assert "ISO 3166-1" in found[4]
    assert "destination code" in found[5]
    assert found[6] == "voice is neither yes nor no"
    assert found[7] == "the number stands in line 2 already"
    assert found[8].startswith("has more cells")
    assert found[9] == "is not CSV"


def test_no_refusal_repeats_what_stands_in_the_file() -> None:
    with pytest.raises(CommandError) as refused:
        read("447700900101\n")
    assert "447700900101" not in str(refused.value)
    assert str(refused.value).endswith(
        "\n  line 1: the number is not one in E.164 that can be rented, as in +442079460001"
    )


def test_a_long_list_of_bad_lines_is_cut_for_people() -> None:
    with pytest.raises(CommandError) as refused:
        read("nonsense\n" * 50)
    assert str(refused.value).endswith(
        "line 20: the number is not one in E.164 that can be rented, as in +442079460001\n  and 30 more"
    )
    lines = refused.value.details["lines"]
    assert isinstance(lines, list)
    assert len(lines) == 50


@pytest.mark.parametrize("header", ["country,area", "number,colour", "number,number"])
def test_a_header_that_cannot_be_meant_is_refused(header: str) -> None:
    assert problems(f"{header}\n+442079460001") == {
        1: "the header names each of its columns once, number and any of country, area, voice, sms"
    }


def test_bytes_that_are_no_text_are_named_by_their_line() -> None:
    assert problems(b"+442079460001\r\n\xff\xfe\r\n") == {2: "is not UTF-8"}


@pytest.mark.parametrize("text", ["", "\n\n# nothing\n", "number\n"])
def test_a_file_without_numbers_is_refused(text: str) -> None:
    with pytest.raises(CommandError, match="holds 0 numbers"):
        read(text)


def test_a_file_that_is_too_large_is_refused_unread() -> None:
    with pytest.raises(CommandError, match="larger than 16 MiB"):
        read(b" " * (16 * 1024 * 1024 + 1))


def test_progress_reaches_the_last_line() -> None:
    told: list[tuple[int, int]] = []
    read_numbers(BytesIO(b"# many\n" * 1000 + b"+442079460001"), lambda line, lines: told.append((line, lines)))
    assert told[-1] == (1001, 1001)
