import re

import pytest

from adapters.cli.exit_codes import ExitCode
from adapters.cli.output import Record, Table
from adapters.cli.usage_shown import usage_parts
from cli.command_line import CommandLine
from masking.v1 import number_service_pb2 as pb

pytestmark = pytest.mark.usefixtures("server")


def test_a_new_pool_has_the_default_policy(masking: CommandLine) -> None:
    made = masking("pools", "create", "ride-uk")
    assert made.code == ExitCode.OK
    lines = made.out.splitlines()
    assert "name              ride-uk" in lines
    assert "cool-off          1d" in lines
    assert "on shortage       reuse-early" in lines
    assert "retention         30d" in lines
    assert "max ttl           none" in lines


def test_quiet_prints_the_name_alone(masking: CommandLine) -> None:
    assert masking("pools", "create", "ride-uk", "-q").out == "pools/ride-uk\n"


def test_every_part_of_the_policy_has_its_option(masking: CommandLine) -> None:
    pool = masking.json(
        *("pools", "create", "parcels-de", "--geography", "area", "--strict", "--cool-off", "12h"),
        *("--on-shortage", "refuse", "--retention", "7d", "--default-ttl", "2h", "--max-ttl", "1d12h"),
        *("--country", "de", "--country", "AT", "--on-ended-session", "forward", "--on-no-session", "play"),
        *("--call-centre", "+442079460900", "--announcement", "session-ended=file:abc"),
        *("--announcement", "not-allowed=https://example.org/a.mp3?x=y", "--on-caller-withheld", "ask-pin"),
        *("--ended-session-period", "3d", "--call-retention", "14d", "--record", "--omit-callee-announcement"),
        *("--caller-announcement", "call-recorded", "--callee-announcement", "file:told", "--caller-id", "dialled"),
        *("--pin-length", "6", "--pin-tries", "2", "--pin-lock-after", "9"),
        *("--pin-lock-window", "5m", "--pin-lock-time", "2h", "--calls-at-once", "4"),
    )
    assert pool["name"] == "pools/parcels-de"
    assert pool["policy"] == {
        "geography": "GEOGRAPHY_AREA",
        "strict_geography": True,
        "cool_off": "43200s",
        "on_shortage": "SHORTAGE_REFUSE",
        "retention": "604800s",
        "default_time_to_live": "7200s",
        "max_time_to_live": "129600s",
        "countries": ["DE", "AT"],
        "on_ended_session": "TREATMENT_FORWARD",
        "on_no_session": "TREATMENT_PLAY",
        "call_centre": "+442079460900",
        "announcements": [
            {"announcement": "ANNOUNCEMENT_SESSION_ENDED", "audio": {"file_id": "abc"}},
            {"announcement": "ANNOUNCEMENT_NOT_ALLOWED", "audio": {"file_url": "https://example.org/a.mp3?x=y"}},
        ],
        "on_caller_withheld": "TREATMENT_ASK_PIN",
        "ended_session_period": "259200s",
        "call_settings": {
            "record": True,
            "omit_callee_announcement_from_recording": True,
            "caller_announcement": {"standard": "ANNOUNCEMENT_CALL_RECORDED"},
            "callee_announcement": {"file_id": "told"},
            "caller_id": "CALLER_ID_DIALLED",
            "fixed_caller_id": "",
        },
        "call_retention": "1209600s",
        "pins": {"length": 6, "tries": 2, "lock_after": 9, "lock_window": "300s", "lock_time": "7200s"},
        "calls_at_once": 4,
    }
    shown = masking("pools", "get", "pools/parcels-de").out.splitlines()
    assert "geography           area, strict" in shown
    assert "on ended session    forward to +442079460900" in shown
    assert "says session-ended  file:abc" in shown
    assert "max ttl             1d12h" in shown
    assert "ended for           3d" in shown
    assert "on withheld         ask-pin" in shown
    assert "calls kept          14d" in shown
    assert "calls at once       4 on a number" in shown
    assert "calls               recorded" in shown
    assert "callee sees         the number dialled" in shown
    assert "pins                6 digits, 2 tries a call; 9 failed on a number within 5m lock it for 2h" in shown


def test_parts_of_what_callers_hear_and_of_pins_change_alone(masking: CommandLine) -> None:
    told = ("--caller-announcement", "call-recorded", "--callee-announcement", "call-recorded")
    created = masking.json("pools", "create", "ride-uk", "--record", *told, "--pin-tries", "2")
    changed = masking.json("pools", "update", "ride-uk", "--caller-id", "dialled", "--pin-length", "5")["policy"]
    assert changed["call_settings"] == created["policy"]["call_settings"] | {"caller_id": "CALLER_ID_DIALLED"}
    assert changed["pins"] == created["policy"]["pins"] | {"length": 5}
    cleared = masking.json(
        *("pools", "update", "ride-uk", "--clear", "caller-id", "--clear", "pin-tries", "--clear", "pin-length")
    )["policy"]
    assert cleared["call_settings"] == created["policy"]["call_settings"]
    assert (cleared["pins"]["tries"], cleared["pins"]["length"]) == (3, 8)
    unannounced = masking("pools", "update", "ride-uk", "--clear", "callee-announcement", "--json")
    assert unannounced.error["field"] == "pool.policy.call_settings.callee_announcement"
    assert (
        "call_settings"
        not in masking.json(
            *("pools", "update", "ride-uk", "--no-record", "--clear", "caller-announcement"),
            *("--clear", "callee-announcement"),
        )["policy"]
    )


def test_a_fixed_caller_id_is_a_number_of_ours(masking: CommandLine) -> None:
    masking.json("pools", "create", "ride-uk")
    strange = masking("pools", "update", "ride-uk", "--caller-id", "+442079460001", "--json")
    assert (strange.code, strange.error["field"]) == (
        ExitCode.REFUSED,
        "pool.policy.call_settings.fixed_caller_id",
    )
    masking.json("numbers", "add", "ride-uk", "+442079460001")
    masking.json("pools", "update", "ride-uk", "--caller-id", "+442079460001")
    assert re.search(r"^callee sees +\+442079460001$", masking("pools", "get", "ride-uk").out, re.MULTILINE)
    assert masking("pools", "update", "ride-uk", "--caller-id", "mine").code == ExitCode.USAGE


def test_an_ended_session_asks_for_no_pin(masking: CommandLine) -> None:
    assert masking("pools", "create", "ride-uk", "--on-ended-session", "ask-pin").code == ExitCode.USAGE


def test_an_update_changes_what_it_names_and_clears_what_it_is_told_to(masking: CommandLine) -> None:
    masking.json("pools", "create", "ride-uk", "--geography", "country", "--max-ttl", "2h", "--country", "GB")
    changed = masking.json("pools", "update", "ride-uk", "--cool-off", "1h", "--clear", "max-ttl", "--clear", "country")
    assert changed["policy"]["geography"] == "GEOGRAPHY_COUNTRY"
    assert changed["policy"]["cool_off"] == "3600s"
    assert changed["policy"]["countries"] == []
    assert changed["policy"].get("max_time_to_live", "0s") == "0s"
    assert masking.json("pools", "update", "ride-uk", "--clear", "cool-off")["policy"]["cool_off"] == "86400s"


def test_an_update_that_names_nothing_or_contradicts_itself_is_a_wrong_command_line(masking: CommandLine) -> None:
    assert masking("pools", "update", "ride-uk").code == ExitCode.USAGE
    both = masking("pools", "update", "ride-uk", "--geography", "area", "--clear", "geography")
    assert (both.code, "set and cleared" in both.err) == (ExitCode.USAGE, True)


def test_pools_are_listed_by_name_page_by_page(masking: CommandLine) -> None:
    assert masking("pools", "list").out == "no pools\n"
    for name in ("c", "a", "b"):
        masking.json("pools", "create", name)
    first = masking("pools", "list", "--limit", "2")
    assert [line.split()[0] for line in first.out.splitlines()] == ["POOL", "a", "b"]
    assert first.err.startswith("There are more: --all, or --page-token ")
    token = first.err.split()[-1]
    rest = masking.json("pools", "list", "--limit", "2", "--page-token", token)
    assert ([pool["name"] for pool in rest["pools"]], rest["next_page_token"]) == (["pools/c"], "")
    every = masking.json("pools", "list", "--limit", "1", "--all")
    assert [pool["name"] for pool in every["pools"]] == ["pools/a", "pools/b", "pools/c"]


def test_usage_tells_how_a_pool_stands(masking: CommandLine) -> None:
    masking.json("pools", "create", "ride-uk")
    masking.json("numbers", "add", "ride-uk", "+442079460001", "+442079460002", "+442079460003")
    masking.json("numbers", "drain", "+442079460003")
    masking.json(
        *("sessions", "open", "--pool", "ride-uk", "--participant", "+447700900101", "--participant", "+447700900102")
    )
    found = masking.json("pools", "usage", "ride-uk")
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT.*Z", found.pop("look_time"))
    session = found["nearest_participant"].pop("session")
    assert masking.json("sessions", "get", session)["name"] == session
    index = found["nearest_participant"].pop("participant_index")
    assert found == {
        "in_service": 2,
        "draining": 1,
        "reserved": 0,
        "idle": 0,
        "active_sessions": 1,
        "highest_load": 1,
        "share_in_use": 1.0,
        "nearest_participant": {"numbers_held": 1, "numbers_left": 1, "country": "", "area": ""},
        "peak_calls": 0,
        "calls_at_once": 10,
        "numbers_at_capacity": [],
        "numbers_at_capacity_count": 0,
    }
    shown = masking("pools", "usage", "ride-uk").out.splitlines()
    assert "active sessions  1" in shown
    assert "share in use     100 %" in shown
    assert f"nearest to none  1 of 2 numbers left, participant {index} of {session}" in shown
    assert "calls at once    0 within a day, and 10 on a number at most" in shown
    assert "runs out         no forecast: no growth, or too few days to tell" in shown


def test_usage_shows_what_runs_out_and_which_numbers_are_busy() -> None:
    usage = pb.PoolUsageResponse(numbers_at_capacity_count=3)
    usage.forecast.exhaust_time.FromJsonString("2027-03-01T00:00:00Z")
    usage.forecast.limit = usage.Forecast.LIMIT_CALL_CAPACITY
    usage.nearest_participant.MergeFrom(
        usage.NearestParticipant(session="sessions/s", participant_index=1, numbers_held=7, country="GB", area="20")
    )
    busy = usage.numbers_at_capacity.add(number="+442079460001", peak_calls=12)
    busy.peak_time.FromJsonString("2027-02-01T09:00:00Z")
    record, heading, table, more = usage_parts(usage)
    assert isinstance(record, Record)
    assert ("nearest to none", "0 of 7 numbers in GB 20 left, participant 1 of sessions/s") in record.members
    assert ("runs out", "2027-03-01, when the numbers have all the calls they carry") in record.members
    assert heading == "\nNumbers that had all the calls they carry:"
    assert isinstance(table, Table)
    assert list(table.rows) == [("+442079460001", "12", "2027-02-01T09:00:00Z")]
    assert more == "and 2 more"


def test_what_the_server_refuses_is_told_in_its_words(masking: CommandLine) -> None:
    masking.json("pools", "create", "ride-uk")
    again = masking("pools", "create", "ride-uk", "--json")
    assert (again.code, again.out, again.error["reason"]) == (ExitCode.REFUSED, "", "ALREADY_EXISTS")
    missing = masking("pools", "get", "none", "--json")
    assert (missing.code, missing.error["reason"]) == (ExitCode.REFUSED, "NOT_FOUND")
    wrong = masking("pools", "create", "Ride UK", "--json")
    assert (wrong.code, wrong.error["reason"]) == (ExitCode.REFUSED, "INVALID_ARGUMENT")
    assert wrong.error["field"]
    told = masking("pools", "get", "none")
    assert (told.code, told.out) == (ExitCode.REFUSED, "")
    assert told.err == "masking: there is no pool none\n"
