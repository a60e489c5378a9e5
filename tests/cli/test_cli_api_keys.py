"""``masking keys api`` and ``masking audit``, on a store that nobody serves."""

import re
import stat
from pathlib import Path

import pytest

from adapters.cli.exit_codes import ExitCode
from adapters.storage.registry import open_store
from cli.command_line import CommandLine, Machine
from masking_core.audit import line_id
from support.certificates import Authority

CREATE = ("keys", "api", "create", "--name", "billing")


def secret(masking: CommandLine, *options: str) -> str:
    return str(masking.json(*CREATE, *options)["secret"])


def test_the_first_key_is_made_before_anything_else_is(masking: CommandLine, tmp_path: Path) -> None:
    made = masking(*CREATE, "--scope", "calls:read", "--pool", "ride-uk", "--expires", "90d")
    assert made.code == ExitCode.OK
    assert made.err.startswith("Made data/keys.toml.")
    assert re.fullmatch(r"key     ([0-9a-f]{12})\nsecret  mk_\1_[\w-]{43}\nThe secret is shown this once.\n", made.out)
    assert stat.S_IMODE((tmp_path / "data" / "keys.toml").stat().st_mode) == 0o600
    token = made.out.split()[3]
    stored = b"".join(path.read_bytes() for path in (tmp_path / "data").iterdir())
    assert not any(part.encode() in stored for part in (token, token.split("_", 2)[2]))


def test_keys_are_listed_with_what_they_may_and_how_they_stand(masking: CommandLine) -> None:
    first = masking.json(*CREATE, "--scope", "calls:read", "--scope", "sessions:read", "--pool", "ride-uk")
    second = masking.json(*CREATE, "--scope", "calls:read", "--certificate", "spiffe://example.org/billing")
    assert "secret" not in second
    revoked = masking.json("keys", "api", "revoke", first["key_id"])
    assert (revoked["state"], "end_time" in revoked) == ("revoked", True)
    listed = masking.json("keys", "api", "list")["keys"]
    assert listed == [revoked, second]
    assert (listed[0]["scopes"], listed[0]["pools"]) == (["calls:read", "sessions:read"], ["ride-uk"])
    assert listed[1]["certificate"] == "spiffe://example.org/billing"
    table = masking("keys", "api", "list").out
    assert first["secret"] not in table
    assert [line.split()[0] for line in table.splitlines()] == ["KEY", first["key_id"], second["key_id"]]


@pytest.mark.parametrize(
    ("options", "code", "reason"),
    [
        (("--scope", "everything"), ExitCode.USAGE, "USAGE"),
        ((), ExitCode.USAGE, "USAGE"),
        (("--scope", "privacy:erase", "--pool", "ride-uk"), ExitCode.REFUSED, "INVALID_ARGUMENT"),
        (("--scope", "calls:read", "--expires", "0s"), ExitCode.REFUSED, "INVALID_ARGUMENT"),
    ],
)
def test_a_wrong_request_makes_no_key(
    masking: CommandLine, options: tuple[str, ...], code: ExitCode, reason: str
) -> None:
    refused = masking(*CREATE, *options, "--json")
    assert (refused.code, refused.error["reason"]) == (code, reason)
    assert masking.json("keys", "api", "list") == {"keys": []}
    assert masking.json("audit", "list") == {"lines": []}


def test_a_key_that_is_not_there_cannot_be_revoked(masking: CommandLine) -> None:
    refused = masking("keys", "api", "revoke", "0123456789ab", "--json")
    assert (refused.code, refused.error["reason"]) == (ExitCode.REFUSED, "NOT_FOUND")


def test_what_is_done_on_the_store_is_in_its_audit(masking: CommandLine) -> None:
    made = masking.json(*CREATE, "--scope", "calls:read")
    masking.json("keys", "api", "revoke", made["key_id"])
    masking.json("keys", "rotate", "--pause", "0")
    lines = masking.json("audit", "list")["lines"]
    assert [line["action"] for line in lines] == ["keys api create", "keys api revoke", "keys rotate"]
    assert [line["line"] for line in lines] == [1, 2, 3]
    assert {line["who"].partition(" ")[0] for line in lines} == {"command"}
    assert {line["outcome"] for line in lines} == {"OK"}
    assert made["secret"] not in str(lines)
    assert [line["line"] for line in masking.json("audit", "list", "--limit", "1")["lines"]] == [3]
    assert [line["line"] for line in masking.json("audit", "list", "--after", "1", "--limit", "1")["lines"]] == [2]
    assert masking.json("audit", "list", "--all")["lines"] == lines


def test_the_audit_is_verified_and_what_was_done_to_it_is_found(masking: CommandLine, tmp_path: Path) -> None:
    masking.json(*CREATE, "--scope", "calls:read")
    checked = masking.json("audit", "verify")
    assert (checked["first"], checked["last"]) == (1, 1)
    masking.json(*CREATE, "--scope", "calls:read")
    assert masking("audit", "verify", "--mark", checked["mark"]).out.startswith("lines 1 to 2 are whole, mark 2:")
    other = masking("audit", "verify", "--mark", f"1:{'0' * 64}", "--json")
    assert (other.code, other.error["reason"]) == (ExitCode.REFUSED, "AUDIT_BROKEN")
    assert masking("audit", "verify", "--mark", "1", "--json").code == ExitCode.USAGE
    store = open_store(f"sqlite:///{tmp_path}/data/masking.db")
    store.shelves().audit.remove([line_id(2)])
    store.close()
    broken = masking("audit", "verify")
    assert (broken.code, broken.err) == (
        ExitCode.REFUSED,
        "masking: the audit is not whole: lines are missing from 2 to the end, which is 2\n",
    )


def test_a_store_in_memory_has_neither_from_here(masking: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MASKING_STORE", "memory://")
    for command in (("keys", "api", "list"), ("audit", "verify")):
        assert masking(*command).code == ExitCode.SETTINGS


def test_commands_speak_tls_and_send_their_key(machine: Machine, tmp_path: Path) -> None:
    authority, stranger = Authority(tmp_path), Authority(tmp_path, "another CA")
    certificate, key = map(str, authority.issue("server", server=True))
    served = {"grpc_certificate": certificate, "grpc_key": key}
    token = machine.run(*CREATE, "--scope", "numbers:read", "--scope", "numbers:admin", "--json").document["secret"]
    machine.start("serve", **served).told()
    trusting = {"grpc_ca": str(authority.file)}
    create = ("pools", "create", "ride-uk", "--quiet")
    refused = machine.run(*create, "--json", **trusting)
    assert (refused.code, refused.error["reason"]) == (ExitCode.REFUSED, "UNAUTHENTICATED")
    assert machine.run(*create, **trusting, api_key=token).out == "pools/ride-uk\n"
    file = tmp_path / "data" / "api-key"
    file.write_text(f"{token}\n")
    file.chmod(0o600)
    assert machine.run("pools", "get", "ride-uk", **trusting).code == ExitCode.OK
    denied = machine.run("events", "watch", "--pool", "ride-uk", "--json", **trusting)
    assert (denied.code, denied.error["reason"]) == (ExitCode.REFUSED, "PERMISSION_DENIED")
    assert machine.run("pools", "list", api_key=token).code == ExitCode.UNREACHABLE
    assert machine.run("pools", "list", grpc_ca=str(stranger.file), api_key=token).code == ExitCode.UNREACHABLE


def test_a_key_does_not_travel_in_the_clear_beyond_this_machine(
    masking: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MASKING_API_KEY", "mk_made_up")
    refused = masking("pools", "list", "--server", "masking.example.org:50051")
    assert refused.code == ExitCode.SETTINGS
    assert "in the clear" in refused.err
    assert "made_up" not in refused.err


def test_files_of_a_client_that_cannot_be_read_are_named(masking: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MASKING_GRPC_CA", "no-such.pem")
    refused = masking("pools", "list")
    assert refused.code == ExitCode.SETTINGS
    assert refused.err == "masking: MASKING_GRPC_CA: no-such.pem cannot be read: No such file or directory\n"


def test_a_server_beyond_this_machine_does_not_start_without_tls(machine: Machine) -> None:
    refused = machine.run("serve-grpc", grpc_address="0.0.0.0:50051")
    assert refused.code == ExitCode.SETTINGS
    assert "MASKING_GRPC_CERTIFICATE" in refused.err
