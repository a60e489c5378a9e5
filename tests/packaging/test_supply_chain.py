"""What the package is made of, whether that is known to be vulnerable, and that the repository holds no credential."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from detect_secrets.core.scan import scan_file
from detect_secrets.settings import transient_settings
from packaging.requirements import Requirement

from support.ports import free_ports

ROOT = Path(__file__).parents[2]
BASELINE = ROOT / ".secrets.baseline"
REFRESH = "look at each; if it is made up, run `make secrets` and `.venv/bin/detect-secrets audit .secrets.baseline`"


@pytest.fixture(scope="module")
def inventory(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What `make sbom` writes."""
    file = tmp_path_factory.mktemp("sbom") / "made" / "sbom.cdx.json"
    subprocess.run([ROOT / "scripts" / "sbom.sh", file], check=True, capture_output=True)
    return file.read_text()


def test_the_inventory_is_cyclonedx_and_names_every_locked_package_with_its_hashes(inventory: str) -> None:
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(inventory) is None
    told = json.loads(inventory)
    assert (told["metadata"]["component"]["name"], told["metadata"]["component"]["version"]) == ("masking", "0.1.0")
    lines = (ROOT / "requirements" / "runtime.txt").read_text().splitlines()
    locked = [Requirement(line.removesuffix(" \\")) for line in lines if line and not line.startswith((" ", "#"))]
    assert {each["purl"] for each in told["components"]} == {
        f"pkg:pypi/{each.name}@{str(each.specifier).removeprefix('==')}" for each in locked
    }
    hashes = [each["externalReferences"][0]["hashes"] for each in told["components"]]
    assert sum(map(len, hashes)) == sum("--hash=sha256:" in line for line in lines)
    assert all(hashes)


class Advisories(BaseHTTPRequestHandler):
    """An advisory service that knows of vulnerabilities in these packages."""

    known: tuple[str, ...] = ()

    def do_POST(self) -> None:  # its base's name
        name = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["package"]["name"]
        fixed = {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "999"}]}
        affected = {"package": {"name": name, "ecosystem": "PyPI"}, "ranges": [fixed]}
        found: dict[str, Any] = {"id": "MADE-UP-1", "summary": "", "details": "", "aliases": [], "affected": [affected]}
        body = json.dumps({"vulns": [found]} if name in self.known else {}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def advisories(*known: str) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Knowing", (Advisories,), {"known": known}))
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/query"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def audit(service: str) -> tuple[int, list[str]]:
    command = [
        sys.executable,
        str(ROOT / "scripts" / "audit.py"),
        "--vulnerability-service",
        "osv",
        "--osv-url",
        service,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


def test_an_audit_tells_what_is_vulnerable() -> None:
    with advisories("apsw") as service:
        code, lines = audit(service)
    assert code == 1
    assert lines[-1] == "VULNERABLE: 1 known vulnerabilities"
    assert lines[0].startswith("apsw ")
    assert lines[0].endswith(": MADE-UP-1, mended in 999")


def test_an_audit_that_finds_nothing_says_of_how_many_packages() -> None:
    with advisories() as service:
        code, (line,) = audit(service)
    assert code == 0
    assert line.endswith(" packages, none with a known vulnerability")
    assert int(line.split()[0]) > 100


def test_an_audit_without_an_advisory_service_says_so_and_is_no_success() -> None:
    code, lines = audit(f"http://127.0.0.1:{free_ports(1)[0]}/query")
    assert code == 3
    assert lines[-1].startswith("NOT AUDITED: ")
    assert lines[-1].endswith(" could not be looked up, 0 could")


def credentials_in(files: list[str]) -> set[tuple[str, str, str]]:
    """What looks like a credential: file, kind and hash."""
    with transient_settings(json.loads(BASELINE.read_text())):
        return {(found.filename, found.type, found.secret_hash) for file in files for found in scan_file(file)}


def test_no_credential_stands_in_the_repository_but_those_that_are_known_to_be_made_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(ROOT)
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    files = subprocess.run(listed, check=True, capture_output=True, text=True).stdout.splitlines()
    files = [file for file in files if Path(file).is_file() and not file.startswith("requirements/")]
    assert len(files) > 500
    entries = [each for found in json.loads(BASELINE.read_text())["results"].values() for each in found]
    known = {(each["filename"], each["type"], each["hashed_secret"]) for each in entries}
    found = credentials_in([file for file in files if file != BASELINE.name])
    assert sorted(found - known) == [], REFRESH
    assert sorted(known - found) == [], "these are gone: run `make secrets`"
    assert [each for each in entries if each.get("is_secret") is not False] == [], REFRESH


@pytest.mark.parametrize(
    "line",
    [
        "aws = 'AKIA" + "QWERTYUIOPASDFGH'",
        "-----BEGIN RSA " + "PRIVATE KEY-----",
        "url = 'postgresql://masking:" + "kT9vLq2xWz@db.example.org/masking'",
        "api_key = '" + "b1946ac92492d2347c6235b4d2611184'",
    ],
)
def test_a_credential_would_be_found(line: str, tmp_path: Path) -> None:
    file = tmp_path / "settings.py"
    file.write_text(f"{line}\n")
    assert credentials_in([str(file)])
