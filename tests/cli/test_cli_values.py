from datetime import UTC, datetime, timedelta

import click
import pytest
from google.protobuf.duration_pb2 import Duration

from adapters.cli import messages
from adapters.cli.values import AUDIO, CALLER, DURATION, NUMBER_OR_ANY, PARTICIPANT, TIME, AudioArgument


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("90s", 90), ("15m", 900), ("2h", 7200), ("3d", 259_200), ("1h30m", 5400), ("1d2h3m4s", 93_784), ("0s", 0)],
)
def test_durations(written: str, seconds: int) -> None:
    assert DURATION.convert(written, None, None) == timedelta(seconds=seconds)


@pytest.mark.parametrize("written", ["", "90", "h", "1.5h", "-1h", "1m1h", "1 h", "9" * 400 + "s", "\u0661h"])
def test_what_is_no_duration(written: str) -> None:
    with pytest.raises(click.BadParameter):
        DURATION.convert(written, None, None)


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0s"), (59, "59s"), (3600, "1h"), (93_784, "1d2h3m4s"), (30 * 86_400, "30d")]
)
def test_durations_are_shown_as_they_are_written(seconds: int, shown: str) -> None:
    assert messages.duration(Duration(seconds=seconds)) == shown


def test_times_have_a_zone() -> None:
    moment = datetime(2027, 1, 31, 18, tzinfo=UTC)
    assert TIME.convert("2027-01-31T18:00:00Z", None, None) == moment
    assert TIME.convert("2027-01-31T19:00:00+01:00", None, None) == moment
    for written in ("2027-01-31T18:00:00", "2027-01-31", "tomorrow", ""):
        with pytest.raises(click.BadParameter):
            TIME.convert(written, None, None)


def test_a_word_can_stand_for_no_number() -> None:
    assert CALLER.convert("anonymous", None, None) == ""
    assert NUMBER_OR_ANY.convert("any", None, None) == ""
    assert CALLER.convert("+447700900101", None, None) == "+447700900101"
    with pytest.raises(click.BadParameter, match="or anonymous"):
        CALLER.convert("any", None, None)


def test_participants_have_numbers_and_perhaps_a_label() -> None:
    alone = PARTICIPANT.convert("+447700900101", None, None)
    assert (alone.phone_numbers, alone.label) == (("+447700900101",), "")
    several = PARTICIPANT.convert("+447700900101, +447700900111=Ann = driver", None, None)
    assert (several.phone_numbers, several.label) == (("+447700900101", "+447700900111"), "Ann = driver")
    assert "7700900" not in repr(several)


def test_recordings_have_three_spellings() -> None:
    assert AUDIO.convert("file:abc", None, None) == AudioArgument(file_id="abc")
    assert AUDIO.convert("https://example.org/a.mp3", None, None) == AudioArgument(file_url="https://example.org/a.mp3")
    assert AUDIO.convert("call-recorded", None, None) == AudioArgument(standard="call-recorded")
    for written in ("", "file:", "ftp://example.org/a.mp3", "CALL_RECORDED"):
        with pytest.raises(click.BadParameter):
            AUDIO.convert(written, None, None)
