"""The commands of `masking infobip`, against the stand-in and a service of their own."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.cli.exit_codes import ExitCode
from adapters.infobip_simulator.faults import Fault
from adapters.infobip_simulator.server import Simulator
from cli.command_line import CommandLine, Machine, at_a_terminal
from infobip.conftest import KEY
from support.world import virtual


@pytest.fixture
def machine(tmp_path: Path, simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    """A machine that serves, with an account of three numbers."""
    machine = Machine(tmp_path)
    machine.environment |= {"MASKING_INFOBIP_BASE_URL": simulator.base_url, "MASKING_INFOBIP_API_KEY": KEY}
    for name, value in machine.environment.items():
        if name.startswith("MASKING_"):
            monkeypatch.setenv(name, value)
    simulator.account.rent([virtual(index) for index in range(1, 4)])
    (tmp_path / "infobip.toml").write_text('[pools.ride-uk]\ncountries = ["GB"]\n')
    machine.start("serve").told()
    yield machine
    machine.stop()


@pytest.fixture
def masking(capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(capsys)


def test_plan_apply_status_and_rotate_tell_what_they_do(
    machine: Machine, simulator: Simulator, masking: CommandLine
) -> None:
    planned = masking("infobip", "plan", "--json")
    assert planned.code == 2
    actions = [each["action"] for each in planned.document["changes"]]
    assert actions == ["set credentials", "create configuration", "create pool", *["assign"] * 3, *["add"] * 3]
    assert simulator.account.configurations == {}

    applied = masking("infobip", "apply")
    assert applied.code == ExitCode.OK, applied.err
    done = "done: 1 set credentials, 1 create configuration, 1 create pool, 3 assign, 3 add"
    assert applied.out.splitlines()[-1] == done
    settled = masking("infobip", "plan")
    assert (settled.code, settled.out) == (ExitCode.OK, "Infobip is set up as it shall be\n")

    status = masking.json("infobip", "status")
    assert status["drift"] == {"changes": 0, "conflicts": 0}
    assert status["last_webhooks"] == {"callback": "never", "report": "never"}
    assert [each["check"] for each in status["urls"]] == ["ok", "ok"]

    waits = masking("infobip", "credentials", "rotate", "--wait", "0s", "--pause", "1.5", "--json")
    assert (waits.code, waits.error["reason"]) == (ExitCode.UNREACHABLE, "ROTATION_WAITS")
    assert masking("simulator", "call", "anonymous", virtual(1)).out.endswith(
        "not-allowed.mp3\ncallback 200\nreport 200\n"
    )
    rotated = masking.json("infobip", "credentials", "rotate", "--wait", "30s", "--quiet", "0s")
    assert rotated == {"api_id": waits.error["api_id"], "stage": "DONE"}
    credentials = simulator.account.credentials
    assert credentials is not None
    written = machine.folder / "data" / "webhook-credentials"
    assert written.read_text() == f"{credentials['apiId']}:{credentials['key']}\n"
    assert written.stat().st_mode & 0o777 == 0o600
    assert masking("call", "anonymous", virtual(1)).code == ExitCode.OK
    assert masking.json("infobip", "status")["last_webhooks"]["report"].endswith("Z")
    lines = masking.json("audit", "list")["lines"]
    told = [tuple(line[each] for each in ("action", "target", "outcome")) for line in lines]
    assert [each for each in told if each[0].startswith("infobip")] == [
        ("infobip apply", "Masking", "OK"),
        ("infobip credentials rotate", rotated["api_id"], "DEADLINE_EXCEEDED"),
        ("infobip credentials rotate", rotated["api_id"], "OK"),
    ]
    said = json.dumps([rotated, lines]) + waits.err + applied.out + planned.out
    assert credentials["key"] not in said


def test_a_conflict_is_told_and_the_rest_is_done(machine: Machine, simulator: Simulator, masking: CommandLine) -> None:
    number = simulator.account.find(virtual(1))
    assert number is not None
    simulator.account.create_voice(number.key, {"action": {"type": "FORWARD_TO_NUMBER"}})
    refused = masking("infobip", "apply", "--json")
    assert (refused.code, refused.error["reason"]) == (ExitCode.REFUSED, "CONFLICT")
    assert [each["name"] for each in refused.document["conflicts"]] == [virtual(1)]
    assert masking("infobip", "plan").code == 2
    assert masking("infobip", "apply", "--take-over", virtual(1)).code == ExitCode.OK
    shown = at_a_terminal(machine.folder, "stdout", "infobip", "plan", **machine.environment)
    assert "set up as it shall be" in shown


def test_what_was_begun_at_infobip_and_refused_there_is_in_the_audit(
    machine: Machine, simulator: Simulator, masking: CommandLine
) -> None:
    del machine
    assert masking("infobip", "plan").code == 2
    to_plan = simulator.faults.requests
    simulator.faults.by_request = dict.fromkeys(range(2 * to_plan + 1, 2 * to_plan + 50), Fault.BROKEN_BEFORE)
    assert masking("infobip", "apply", "--pause", "0").code == ExitCode.UNREACHABLE
    lines = masking.json("audit", "list")["lines"]
    assert [(line["action"], line["outcome"]) for line in lines if line["action"].startswith("infobip")] == [
        ("infobip apply", "ABORTED")
    ]


def test_a_plan_at_a_terminal_is_in_colour(machine: Machine) -> None:
    shown = at_a_terminal(machine.folder, "stdout", "infobip", "plan", **machine.environment)
    assert "\x1b[32m" in shown.replace("\x1b[1;32m", "\x1b[32m")
    assert virtual(1) in shown


def test_what_infobip_refuses_and_what_is_missing_is_told_with_what_to_do(
    machine: Machine, simulator: Simulator, masking: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    del machine
    monkeypatch.setenv("MASKING_INFOBIP_API_KEY", "wrong-key")
    refused = masking("infobip", "plan", "--json")
    assert (refused.code, refused.error["reason"]) == (ExitCode.SETTINGS, "INFOBIP_UNAUTHORIZED")
    assert "check MASKING_INFOBIP_API_KEY" in refused.error["message"]
    assert "wrong-key" not in refused.err
    monkeypatch.delenv("MASKING_INFOBIP_API_KEY")
    missing = masking("infobip", "plan")
    assert missing.code == ExitCode.SETTINGS
    assert "data/infobip-api-key" in missing.err
    Path("infobip.toml").write_text("name = 7")
    assert masking("infobip", "plan").code == ExitCode.SETTINGS
    assert simulator.account.configurations == {}


def test_without_a_running_service_nothing_is_changed(
    masking: CommandLine, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MASKING_INFOBIP_BASE_URL", simulator.base_url)
    monkeypatch.setenv("MASKING_INFOBIP_API_KEY", KEY)
    away = masking("infobip", "apply", "--server", "127.0.0.1:1")
    assert away.code in (ExitCode.UNREACHABLE, ExitCode.SETTINGS)
    assert simulator.faults.requests == 0


def test_the_operator_s_side_of_the_stand_in(machine: Machine, simulator: Simulator, masking: CommandLine) -> None:
    del machine
    assert masking("simulator", "rent", "+12125550100", "--country", "us", "--tag", "rides").code == ExitCode.OK
    rented = simulator.account.find("+12125550100")
    assert rented is not None
    assert (rented.country, rented.tags) == ("US", ("rides",))
    dead = masking("simulator", "call", "anonymous", "+12125550100")
    assert dead.out == "a dead line: the number has no masking set-up\n"
    assert masking("simulator", "cancel", "+12125550100").code == ExitCode.OK
    assert simulator.account.find("+12125550100") is None
