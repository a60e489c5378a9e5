"""The container recipe: its steps are done as they stand, and what they make serves on a read-only file system."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.container import ROOT, Instruction, build, placed, read_only, stages
from support.ports import free_ports

RECIPE = ROOT / "deploy" / "Containerfile"
PATIENCE = 60.0
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a file system read-only for others")


@pytest.fixture(scope="module")
def built() -> Iterator[Path]:
    """What the first stage makes; not below /tmp, where a container has nothing."""
    root = Path(tempfile.mkdtemp(prefix="masking-container-", dir="/var/tmp"))  # the caller's alone
    root.chmod(0o755)
    build(stages(RECIPE)[0], root)
    yield root
    shutil.rmtree(root)


def told(name: str) -> list[str]:
    """What the instructions of this name say in the stage that is delivered."""
    return [step.text for step in stages(RECIPE)[1] if step.name == name]


def environment(root: Path, ports: Sequence[int]) -> dict[str, str]:
    """What the recipe sets, with the ports of this test."""
    pairs = dict(pair.split("=", 1) for line in told("ENV") for pair in line.split())
    grpc, edge = (f"127.0.0.1:{port}" for port in ports)
    own = {
        "MASKING_GRPC_ADDRESS": grpc,
        "MASKING_EDGE_ADDRESS": edge,
        "MASKING_PUBLIC_URL": f"http://{edge}",
        "MASKING_CALLBACK_URLS": f"http://{edge}/infobip/callback",
        "MASKING_WEBHOOK_CREDENTIALS": "made-up:made-up",
    }
    return {name: placed(value, root) for name, value in pairs.items()} | own


def test_what_is_delivered_has_no_tools_no_rights_and_no_package_of_unknown_content() -> None:
    first, second = stages(RECIPE)
    assert first[0] == Instruction("FROM", second[0].text + " AS build")
    assert told("COPY") == ["--from=build /masking /masking"]
    (user,) = told("USER")
    assert all(int(number) >= 1000 for number in user.split(":"))
    (made,) = told("RUN")
    assert f"--owner {user.split(':')[0]} " in made
    assert told("VOLUME") == told("WORKDIR") == [made.split()[-1]]
    installs = [step.text for step in first if step.name == "RUN" and " install " in step.text]
    assert len(installs) == 3
    for step in installs:
        assert ("--require-hashes" in step and "--only-binary :all:" in step) or "--no-deps --no-index" in step
    assert not {"ADD", "ARG"} & {step.name for step in (*first, *second)}


def test_keys_and_data_stay_out_of_what_a_build_is_given() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    copied = {name for step in stages(RECIPE)[0] if step.name == "COPY" for name in step.text.split()[:-1]}
    assert {rule[1:] for rule in rules if rule.startswith("!")} == {name.split("/")[0] for name in copied}


@contextmanager
def serving(
    root: Path, user: str, variables: dict[str, str], *servers: str
) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """The servers, each as the container would run it."""
    data, running = root / "var/lib/masking", {}
    with (root / "log").open("ab") as log:
        for server in servers:
            command = read_only([f"{root}/masking/bin/masking", server], data, user, variables)
            running[server] = subprocess.Popen(command, stdout=log, stderr=log, cwd=data)
    try:
        yield running
    finally:
        for process in running.values():
            process.kill()
            process.wait()


@as_root
def test_both_servers_serve_as_a_user_without_rights_on_a_read_only_file_system(built: Path) -> None:
    user = told("USER")[0].split(":")[0]
    data = built / "var/lib/masking"
    data.mkdir(parents=True)
    os.chown(data, int(user), int(user))
    data.chmod(0o700)
    before = everything(built)
    variables = environment(built, free_ports(2))

    def masking(*arguments: str) -> str:
        command = read_only([f"{built}/masking/bin/masking", *arguments], data, user, variables)
        done = subprocess.run(command, cwd=data, capture_output=True, text=True, check=False)
        return done.stdout if done.returncode == 0 else f"FAILED: {done.stderr}"

    assert "keys.toml" in masking("keys", "generate")
    with serving(built, user, variables, "serve-grpc", "serve-edge") as running:
        end = time.monotonic() + PATIENCE
        while (made := masking("pools", "create", "ride-uk", "--quiet")) != "pools/ride-uk\n":
            assert time.monotonic() < end, f"{made}\n{(built / 'log').read_text()}"
        assert masking("numbers", "add", "ride-uk", "+442079460001").startswith("1 number")
        participants = ("--participant", "+447700900101", "--participant", "+447700900102")
        assert masking("sessions", "open", "--pool", "ride-uk", "--quiet", *participants).startswith("sessions/")
        while not (answer := masking("call", "+447700900101", "+442079460001")).startswith("dials +447700900102"):
            assert time.monotonic() < end, f"{answer}\n{(built / 'log').read_text()}"
        for process in running.values():
            process.send_signal(signal.SIGTERM)
        assert [process.wait(PATIENCE) for process in running.values()] == [0, 0], (built / "log").read_text()
    assert everything(built) - before == {"log"}
    assert {path.stat().st_uid for path in data.rglob("*")} == {int(user)}
    assert sorted(path.name for path in data.iterdir())[:1] == ["keys.toml"]


def everything(root: Path) -> set[str]:
    """Every file below, the data aside."""
    return {
        str(path.relative_to(root)) for path in root.rglob("*") if not path.is_relative_to(root / "var/lib/masking")
    }
