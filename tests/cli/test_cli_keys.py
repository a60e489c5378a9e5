import re
import stat
from pathlib import Path

import pytest

from adapters.cli.exit_codes import ExitCode
from adapters.composition import compose
from adapters.settings import load_settings
from adapters.storage.sqlite import database
from cli.command_line import CommandLine
from masking_core.phone_number import RealNumber
from masking_core.pools import PoolPolicy
from masking_core.services.call_reports import ReportedCall
from masking_core.services.key_rotation import fit_keys
from masking_core.services.pools import NumberRequest
from masking_core.services.requests import OpenRequest, ParticipantRequest


@pytest.fixture
def session(masking: CommandLine) -> str:
    """A session in the store of the settings, whose key file is made here."""
    masking.json("keys", "generate")
    masking.json("migrate")
    services = compose(load_settings())
    fit_keys(services.store, services.vault)
    services.pools.create("ride-uk", PoolPolicy())
    services.pools.add_numbers("ride-uk", [NumberRequest("+442079460001"), NumberRequest("+442079460002")])
    participants = (ParticipantRequest(("+447700900101",)), ParticipantRequest(("+447700900102",)))
    opened = services.sessions.open(OpenRequest("ride-uk", participants))
    services.reports.keep(b"{}", ReportedCall())
    services.store.close()
    return opened.session.session_id


def numbers_of(session: str) -> tuple[tuple[RealNumber, ...], ...]:
    services = compose(load_settings())
    try:
        return services.sessions.get(session).numbers
    finally:
        services.store.close()


def test_a_key_file_is_made_for_its_owner_alone(masking: CommandLine, tmp_path: Path) -> None:
    made = masking("keys", "generate")
    assert (made.code, re.sub("[0-9a-f]{8}", "ID", made.out)) == (
        ExitCode.OK,
        "made data/keys.toml with key ID; keep a copy apart from the store\n",
    )
    assert stat.S_IMODE((tmp_path / "data" / "keys.toml").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700


def test_a_key_file_is_made_where_it_is_asked_for_and_never_over_another(masking: CommandLine, tmp_path: Path) -> None:
    document = masking.json("keys", "generate", "secrets/keys.toml")
    before = (tmp_path / "secrets" / "keys.toml").read_bytes()
    assert document["key_id"].encode() in before
    again = masking("keys", "generate", "secrets/keys.toml", "--json")
    assert (again.code, again.error["reason"]) == (ExitCode.REFUSED, "ALREADY_EXISTS")
    assert (tmp_path / "secrets" / "keys.toml").read_bytes() == before


def test_keys_are_listed_without_their_secrets(masking: CommandLine, tmp_path: Path) -> None:
    masking.json("keys", "generate")
    listed = masking("keys", "list")
    assert [line.split()[2:] for line in listed.out.splitlines()] == [
        ["SEALS", "STORE", "DEMANDS", "IT"],
        ["yes", "not", "known"],
    ]
    secret = re.search(r'secret = "(.+)"', (tmp_path / "data" / "keys.toml").read_text())
    assert secret is not None
    assert secret[1] not in listed.out


def test_the_list_tells_which_keys_the_store_is_written_under(masking: CommandLine, session: str) -> None:
    assert session
    document = masking.json("keys", "list")
    (key,) = document["keys"]
    assert (key["seals"], key["store_demands"], document["missing"]) == (True, True, [])
    Path("data/keys.toml").unlink()
    masking.json("keys", "generate")
    Path("data/keys.toml").write_text(
        Path("data/keys.toml").read_text().replace(masking.json("keys", "list")["keys"][0]["key_id"], "00000001")
    )
    assert masking.json("keys", "list")["missing"] == [key["key_id"]]
    lacking = masking("keys", "list").out.splitlines()
    assert lacking[-1] == f"the key file lacks what the store demands: {key['key_id']}"
    refused = masking("keys", "rotate", "--pause", "0", "--json")
    assert (refused.code, refused.error["reason"]) == (ExitCode.SETTINGS, "STORE_NOT_READY")


def test_rotation_moves_everything_to_a_new_key(masking: CommandLine, session: str) -> None:
    (old,) = masking.json("keys", "list")["keys"]
    rotated = masking.json("keys", "rotate", "--pause", "0")
    (new,) = masking.json("keys", "list")["keys"]
    assert rotated == {"key_id": new["key_id"], "resealed": {"sessions": 1, "numbers": 2, "reports": 1}}
    assert new["key_id"] != old["key_id"]
    assert (new["seals"], new["store_demands"]) == (True, True)
    assert numbers_of(session) == ((RealNumber("+447700900101"),), (RealNumber("+447700900102"),))


def test_rotation_tells_people_what_it_did(masking: CommandLine, session: str) -> None:
    assert session
    told = masking("keys", "rotate", "--pause", "0")
    assert re.fullmatch(r"key [0-9a-f]{8} seals now; re-sealed 1 sessions, 2 numbers, 1 reports\n", told.out)


def test_a_store_in_memory_cannot_be_rotated(masking: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    masking.json("keys", "generate")
    monkeypatch.setenv("MASKING_STORE", "memory://")
    refused = masking("keys", "rotate")
    assert (refused.code, "memory://" in refused.err) == (ExitCode.SETTINGS, True)
    assert masking.json("keys", "list")["keys"][0]["store_demands"] is None


def test_a_missing_key_file_is_told_with_what_makes_one(masking: CommandLine) -> None:
    for command in ("list", "rotate"):
        missing = masking("keys", command, "--json")
        assert missing.code == ExitCode.SETTINGS
        assert "there is no key file data/keys.toml" in missing.error["message"]
        assert "masking keys generate" in missing.error["message"]


def test_migrate_tells_its_steps_once(masking: CommandLine) -> None:
    applied = masking.json("migrate")["applied"]
    assert applied
    assert masking.json("migrate") == {"applied": []}
    assert masking("migrate").out == "the store is up to date\n"


def test_migrating_a_store_that_is_in_use_is_in_its_audit(
    masking: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    masking.json("keys", "api", "create", "--name", "ops", "--scope", "calls:read")
    migrations = [*database._migrations(), ("98_made_up", "CREATE TABLE made_up (x)")]
    monkeypatch.setattr(database, "_migrations", lambda: migrations)
    done = masking("migrate")
    assert (done.out, done.err) == ("applied 98_made_up\n", "")
    migrations.append(("99_made_up", "CREATE TABLE made_up_too (x)"))
    keys = Path("data/keys.toml").rename("kept.toml")
    assert masking("migrate").err.startswith("masking: this is not in the audit, for data/keys.toml ")
    keys.rename("data/keys.toml")
    lines = masking.json("audit", "list")["lines"]
    assert [(line["action"], line["target"]) for line in lines][1:] == [("migrate", "98_made_up")]


def test_migrate_names_each_step(masking: CommandLine) -> None:
    assert all(line.startswith("applied ") for line in masking("migrate").out.splitlines())


def test_a_store_whose_url_its_backend_does_not_take_is_a_wrong_setting(
    masking: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MASKING_STORE", "sqlite://masking.db")
    refused = masking("migrate", "--json")
    assert (refused.code, refused.error["message"].startswith("MASKING_STORE: ")) == (ExitCode.SETTINGS, True)


def test_a_store_that_cannot_be_opened_is_unreachable(masking: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("file").write_text("")
    monkeypatch.setenv("MASKING_STORE", "sqlite:///file/masking.db")
    away = masking("migrate", "--json")
    assert (away.code, away.error["reason"]) == (ExitCode.UNREACHABLE, "STORE_UNAVAILABLE")
