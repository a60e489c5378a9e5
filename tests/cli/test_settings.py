from dataclasses import fields
from ipaddress import ip_network
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from adapters.secret import Secret
from adapters.settings import Settings, SettingsError, load_settings, read_settings
from adapters.settings_values import dialable, redacted_url
from masking_core.signature import Credential


def test_an_empty_environment_gives_the_defaults() -> None:
    settings = load_settings({})
    assert settings.store == "sqlite:///data/masking.db"
    assert settings.keys == Path("data/keys.toml")
    assert settings.grpc_address == "127.0.0.1:50051"
    assert settings.edge_address == "127.0.0.1:8080"
    assert settings.ops_address == "127.0.0.1:8081"
    assert settings.public_url == "http://127.0.0.1:8080"
    assert settings.callback_urls == ("http://127.0.0.1:8080/infobip/callback",)
    assert settings.status_urls == ("http://127.0.0.1:8080/infobip/status",)
    assert settings.webhook_credentials == ()
    assert (settings.webhook_auth, settings.unavailable_audio) == ("signature", "standard")


def test_what_follows_from_the_data_folder_and_the_public_url_follows_them() -> None:
    settings = load_settings(
        {"MASKING_DATA_DIR": "/var/lib/my masking", "MASKING_PUBLIC_URL": "https://m.example.org/x/"}
    )
    assert settings.store == "sqlite:////var/lib/my%20masking/masking.db"
    assert settings.keys == Path("/var/lib/my masking/keys.toml")
    assert settings.callback_urls == ("https://m.example.org/x/infobip/callback",)
    assert settings.status_urls == ("https://m.example.org/x/infobip/status",)


def test_the_environment_goes_before_the_file_and_the_file_before_the_default(tmp_path: Path) -> None:
    (tmp_path / "masking.toml").write_text(
        'grpc_address = "127.0.0.1:1"\nedge_address = "127.0.0.1:2"\nedge_threads = 3\n'
    )
    in_force = read_settings({"MASKING_GRPC_ADDRESS": "127.0.0.1:9", "MASKING_EDGE_WORKERS": ""})
    assert (in_force.settings.grpc_address, in_force.sources["grpc_address"]) == ("127.0.0.1:9", "environment")
    assert (in_force.settings.edge_address, in_force.sources["edge_address"]) == ("127.0.0.1:2", "masking.toml")
    assert (in_force.settings.edge_threads, in_force.sources["edge_threads"]) == (3, "masking.toml")
    assert (in_force.settings.edge_workers, in_force.sources["edge_workers"]) == (2, "default")


def test_every_setting_can_stand_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "other.toml"
    file.write_text(
        """
        store = "sqlite:///here.db"
        keys = "keys"
        data_dir = "there"
        grpc_address = "[::1]:50051"
        edge_address = "0.0.0.0:80"
        ops_address = "none"
        grpc_ops_address = "127.0.0.1:9"
        public_url = "https://masking.example.org"
        callback_urls = ["https://a.example.org/c", "https://b.example.org/c,d"]
        status_urls = "https://a.example.org/s https://b.example.org/s"
        webhook_credentials = ["one:1", "two:2"]
        webhook_auth = "none"
        unavailable_audio = "none"
        report_zone = "Europe/Zagreb"
        edge_workers = 4
        edge_threads = 5
        edge_queue = 7
        edge_queue_ms = 8
        edge_connections = 900
        edge_request_seconds = 10
        edge_idle_seconds = 11
        edge_max_headers = 12
        edge_max_head = 1300
        edge_max_body = 1400
        edge_allow = ["192.0.2.0/24", "2001:db8::/32"]
        trusted_proxies = "10.0.0.1"
        grpc_threads = 6
        grpc_tls = "none"
        grpc_certificate = "server.pem"
        grpc_key = "server.key"
        grpc_client_ca = "clients.pem"
        grpc_auth = "none"
        grpc_ca = "ca.pem"
        grpc_client_certificate = "client.pem"
        grpc_client_key = "client.key"
        api_key = "mk_1_2"
        audit_retention_days = 7
        log_format = "json"
        traces = "otlp"
        infobip_base_url = "https://example.api.infobip.com/"
        infobip_api_key = "a-key"
        """
    )
    in_force = read_settings({"MASKING_CONFIG": str(file)})
    assert set(in_force.sources.values()) == {str(file)}
    assert in_force.settings == Settings(
        store="sqlite:///here.db",
        keys=Path("keys"),
        data_dir=Path("there"),
        grpc_address="[::1]:50051",
        edge_address="0.0.0.0:80",
        ops_address="",
        grpc_ops_address="127.0.0.1:9",
        public_url="https://masking.example.org",
        callback_urls=("https://a.example.org/c", "https://b.example.org/c,d"),
        status_urls=("https://a.example.org/s", "https://b.example.org/s"),
        webhook_credentials=(Credential("one", "1"), Credential("two", "2")),
        webhook_auth="none",
        unavailable_audio="",
        report_zone=ZoneInfo("Europe/Zagreb"),
        edge_workers=4,
        edge_threads=5,
        edge_queue=7,
        edge_queue_ms=8,
        edge_connections=900,
        edge_request_seconds=10,
        edge_idle_seconds=11,
        edge_max_headers=12,
        edge_max_head=1300,
        edge_max_body=1400,
        edge_allow=(ip_network("192.0.2.0/24"), ip_network("2001:db8::/32")),
        trusted_proxies=(ip_network("10.0.0.1/32"),),
        grpc_threads=6,
        grpc_tls="none",
        grpc_certificate=Path("server.pem"),
        grpc_key=Path("server.key"),
        grpc_client_ca=Path("clients.pem"),
        grpc_auth="none",
        grpc_ca=Path("ca.pem"),
        grpc_client_certificate=Path("client.pem"),
        grpc_client_key=Path("client.key"),
        api_key=Secret("mk_1_2"),
        audit_retention_days=7,
        log_format="json",
        traces="otlp",
        infobip_base_url="https://example.api.infobip.com",
        infobip_api_key=Secret("a-key"),
    )


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("store", "oracle://scott:tiger@db/x", "must begin with one of"),
        ("store", "data/masking.db", "must begin with one of"),
        ("grpc_address", "50051", "must be host:port"),
        ("grpc_address", "::1:50051", "must be host:port"),
        ("ops_address", "off", "must be host:port"),
        ("grpc_ops_address", "off", "must be host:port"),
        ("log_format", "xml", "must be text or json"),
        ("traces", "jaeger", "must be otlp or none"),
        ("edge_address", "127.0.0.1:0", "port from 1 to 65535"),
        ("edge_address", "127.0.0.1:65536", "port from 1 to 65535"),
        ("edge_address", "127.0.0.1:٨٠", "must be host:port"),
        ("public_url", "masking.example.org", "must be an http or https URL"),
        ("public_url", "https://masking.example.org?a=b", "neither a query nor a fragment"),
        ("callback_urls", "https://[broken", "must be an http or https URL"),
        ("callback_urls", ",", "must be a text"),
        ("status_urls", "ftp://example.org/x", "must be an http or https URL"),
        ("webhook_credentials", "only-half-a-secret", "apiId:key"),
        ("webhook_credentials", "id:s3cret!", "apiId:key"),
        ("webhook_auth", "off", "must be signature or none"),
        ("grpc_tls", "off", "must be required or none"),
        ("grpc_auth", "off", "must be keys or none"),
        ("audit_retention_days", "0", "must be a whole number from 1"),
        ("unavailable_audio", "https:///x", "must be an http or https URL"),
        ("edge_workers", "0", "whole number from 1"),
        ("edge_connections", "99", "whole number from 100"),
        ("edge_connections", "1000 ", "whole number from 100"),
        ("edge_allow", "192.0.2.1/24", "must be addresses or networks"),
        ("edge_allow", "everybody", "must be addresses or networks"),
        ("trusted_proxies", "::1/129", "must be addresses or networks"),
        ("edge_threads", "many", "whole number from 1"),
        ("grpc_threads", "-1", "whole number from 1"),
    ],
)
def test_a_wrong_value_is_told_by_its_name_and_its_source(name: str, value: str, problem: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings({f"MASKING_{name.upper()}": value})
    assert str(refused.value).startswith(f"MASKING_{name.upper()} (environment): ")
    assert problem in str(refused.value)


@pytest.mark.parametrize(
    "line", ["edge_threads = true", "edge_threads = 2.5", "store = 7", "webhook_credentials = [7]"]
)
def test_a_wrong_type_in_the_file_is_told_by_its_file(tmp_path: Path, line: str) -> None:
    (tmp_path / "masking.toml").write_text(line)
    with pytest.raises(SettingsError, match=r"\(masking\.toml\): must be"):
        load_settings({})


def test_an_unknown_name_in_the_file_is_refused_with_the_one_that_was_meant(tmp_path: Path) -> None:
    (tmp_path / "masking.toml").write_text('grpc_adress = "127.0.0.1:1"')
    with pytest.raises(SettingsError, match="there is no setting grpc_adress; did you mean grpc_address"):
        load_settings({})


def test_an_unknown_variable_is_warned_of() -> None:
    warnings = read_settings(
        {"MASKING_CALLBACK_URL": "https://example.org", "MASKING_CONFIG": "", "OTHER": "x"}
    ).warnings
    assert warnings == ("there is no setting MASKING_CALLBACK_URL; did you mean MASKING_CALLBACK_URLS?",)


@pytest.mark.parametrize(("content", "problem"), [(b"a = ", "is not TOML"), (b"\xff", "is not UTF-8")])
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, content: bytes, problem: str) -> None:
    (tmp_path / "masking.toml").write_bytes(content)
    with pytest.raises(SettingsError, match=problem):
        load_settings({})


def test_a_file_that_is_named_must_be_there_and_be_a_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="which does not exist"):
        load_settings({"MASKING_CONFIG": str(tmp_path / "none.toml")})
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings({"MASKING_CONFIG": str(tmp_path)})


def test_credentials_come_from_their_file_when_no_setting_names_any(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "webhook-credentials").write_text("one:1\ntwo:2\n")
    in_force = read_settings({})
    assert in_force.settings.webhook_credentials == (Credential("one", "1"), Credential("two", "2"))
    assert in_force.sources["webhook_credentials"] == "data/webhook-credentials"
    given = read_settings({"MASKING_WEBHOOK_CREDENTIALS": "three:3"})
    assert given.settings.webhook_credentials == (Credential("three", "3"),)


def test_a_credentials_file_that_cannot_be_used_is_told_without_its_content(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "webhook-credentials").write_bytes(b"one:s3cret\xff\n")
    with pytest.raises(SettingsError, match=r"data/webhook-credentials\): .*apiId:key") as refused:
        load_settings({})
    assert "s3cret" not in str(refused.value)


def test_a_store_that_others_share_needs_a_key_file_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("adapters.storage.registry").storage.registry.BACKENDS, "shared", ("none", ""))
    with pytest.raises(SettingsError, match="MASKING_KEYS must name the key file"):
        load_settings({"MASKING_STORE": "shared://host/db"})
    settings = load_settings({"MASKING_STORE": "shared://host/db", "MASKING_KEYS": "/run/secrets/keys.toml"})
    assert settings.keys == Path("/run/secrets/keys.toml")
    assert not settings.embedded


def test_a_store_in_memory_has_one_worker() -> None:
    assert load_settings({"MASKING_STORE": "memory://"}).edge_workers == 1
    with pytest.raises(SettingsError, match=r"MASKING_EDGE_WORKERS \(environment\): must be 1"):
        load_settings({"MASKING_STORE": "memory://", "MASKING_EDGE_WORKERS": "2"})


def test_settings_do_not_print_their_secrets() -> None:
    printed = repr(load_settings({"MASKING_WEBHOOK_CREDENTIALS": "id:s3cret", "MASKING_STORE": "sqlite:///s3cret.db"}))
    assert "s3cret" not in printed
    assert all(each.name in printed for each in fields(Settings) if each.repr)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("sqlite:///data/a:b@c.db", "sqlite:///data/a:b@c.db"),
        ("postgresql://user:secret@host/db", "postgresql://user:••••@host/db"),
        (
            "postgresql://user:se/cr@et@host/db?sslpassword=secret&a=b",
            "postgresql://user:••••@host/db?sslpassword=••••&a=b",
        ),
        ("postgresql://host/db?user=me&password=secret", "postgresql://host/db?user=me&password=••••"),
        (
            "postgresql://host/db?replica=postgresql%3A%2F%2Fuser%3Asecret%40other%2Fdb&a=b",
            "postgresql://host/db?replica=••••&a=b",
        ),
        ("redis://:secret@one:6379,two:6379/0", "redis://:••••@one:6379,two:6379/0"),
        ("redis://one:6379,two:6379/0", "redis://one:6379,two:6379/0"),
    ],
)
def test_a_url_is_shown_without_its_passwords(url: str, shown: str) -> None:
    assert redacted_url(url) == shown


@pytest.mark.parametrize(
    ("listening", "dialled"), [("0.0.0.0:80", "127.0.0.1:80"), ("[::]:80", "[::1]:80"), ("10.0.0.1:80", "10.0.0.1:80")]
)
def test_what_listens_everywhere_is_dialled_on_this_machine(listening: str, dialled: str) -> None:
    assert dialable(listening) == dialled


def test_the_api_key_stands_in_a_file_of_its_owner_alone_and_never_prints(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert not load_settings({}).infobip_api_key
    (tmp_path / "data").mkdir()
    file = tmp_path / "data" / "infobip-api-key"
    file.write_text("s3cret-key\n")
    file.chmod(0o600)
    in_force = read_settings({})
    assert in_force.settings.infobip_api_key.text == "s3cret-key"
    assert in_force.sources["infobip_api_key"] == "data/infobip-api-key"
    assert "s3cret" not in f"{in_force} {in_force.settings!r} {in_force.settings.infobip_api_key}"
    file.chmod(0o640)
    with pytest.raises(SettingsError, match="chmod 600"):
        read_settings({})
    assert load_settings({"MASKING_INFOBIP_API_KEY": "given"}).infobip_api_key.text == "given"


@pytest.mark.parametrize("key", ["two words", "ünicode", "new\nline"])
def test_an_api_key_that_cannot_be_one_is_refused_without_a_word_of_it(key: str) -> None:
    with pytest.raises(SettingsError) as raised:
        load_settings({"MASKING_INFOBIP_API_KEY": key})
    assert key not in str(raised.value)
