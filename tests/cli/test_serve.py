import json
import os
import signal
import socket
import stat
import time

import pytest

from adapters.cli.exit_codes import ExitCode
from cli.command_line import DEADLINE, CommandLine, Machine, Server, wait_until_gone

TWO = ("--participant", "+447700900101", "--participant", "+447700900102")


def test_the_first_start_shows_the_credentials_once_and_only_once(machine: Machine) -> None:
    first = machine.start("serve")
    told = first.told()
    assert told[0] == "Made data/keys.toml. Keep a copy apart from the store: without it no number can be read."
    assert told[1].startswith("Made data/webhook-credentials. The webhook credentials to set at Infobip")
    api_id, key = told[2].split()[1], told[3].split()[1]
    assert (machine.folder / "data" / "webhook-credentials").read_text() == f"{api_id}:{key}\n"
    assert stat.S_IMODE((machine.folder / "data").stat().st_mode) == 0o700
    assert first.end() == ExitCode.OK
    second = machine.start("serve")
    assert len(second.told()) == 1
    assert second.end() == ExitCode.OK
    assert key not in first.log.read_text() + second.log.read_text()


def test_what_is_served_answers_and_is_there_after_a_restart(machine: Machine, masking: CommandLine) -> None:
    first = machine.start("serve")
    first.told()
    assert masking("pools", "create", "ride-uk").code == ExitCode.OK
    assert masking("numbers", "add", "ride-uk", "+442079460001", "+442079460002").code == ExitCode.OK
    opened = masking.json("sessions", "open", "--pool", "ride-uk", *TWO)
    assert first.end(signal.SIGINT) == ExitCode.OK
    second = machine.start("serve")
    second.told()
    proxy, shown = (participant["proxy_number"] for participant in opened["participants"])
    assert masking("call", "+447700900101", proxy).out == f"dials +447700900102, who sees {shown}\n"
    assert masking("sessions", "close", opened["name"]).code == ExitCode.OK
    assert masking("call", "+447700900101", proxy).out.endswith("/audio/session-ended.mp3\n")


def test_the_document_of_serve_is_one(machine: Machine) -> None:
    server = machine.start("serve", "--json")
    document = json.loads("\n".join(server.told("}")))
    assert document["grpc_address"] == machine.environment["MASKING_GRPC_ADDRESS"]
    assert document["callback_urls"] == [f"http://{machine.environment['MASKING_EDGE_ADDRESS']}/infobip/callback"]
    made = document["made_webhook_credentials"]
    assert (machine.folder / made["path"]).read_text() == f"{made['api_id']}:{made['key']}\n"
    assert server.end() == ExitCode.OK
    assert server.process.stdout is not None
    assert server.process.stdout.read() == ""


@pytest.mark.parametrize("victim", [0, 1])
def test_when_one_server_dies_all_end_and_say_so(machine: Machine, victim: int) -> None:
    server = machine.start("serve")
    server.told()
    children = server.children()
    os.kill(children[victim], signal.SIGKILL)
    assert server.process.wait(DEADLINE) == ExitCode.FAILED
    for child in children:
        wait_until_gone(child)
    who = ("the gRPC server", "the edge")[victim]
    assert f"masking: {who} ended with SIGKILL; nothing is served any more" in server.log.read_text()


def test_a_supervisor_that_is_killed_leaves_nobody_behind(machine: Machine) -> None:
    server = machine.start("serve")
    server.told()
    children = server.children()
    assert len(children) == 2
    assert server.end(signal.SIGKILL) == -signal.SIGKILL
    for child in children:
        wait_until_gone(child)


def test_a_call_that_was_accepted_is_answered_before_the_end(machine: Machine) -> None:
    server = machine.start("serve", webhook_auth="none", edge_request_seconds="600")
    server.told()
    host, _, port = machine.environment["MASKING_EDGE_ADDRESS"].partition(":")
    body = b'{"from":"447700900101","to":"442079460001"}'
    head = f"POST /infobip/callback HTTP/1.1\r\nHost: edge\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection((host, int(port)), timeout=DEADLINE) as connection:
        connection.sendall(head.encode() + body[:10])
        _until_arbiter_ends(server)
        connection.sendall(body[10:])
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200 OK")
    assert server.process.wait(DEADLINE) == ExitCode.OK


def _until_arbiter_ends(server: Server) -> None:
    """Send the signal, and return when the edge has begun to end."""
    server.process.send_signal(signal.SIGTERM)
    while "Handling signal: term" not in server.log.read_text():
        assert server.process.poll() is None
        time.sleep(0.02)


def test_the_second_signal_ends_at_once(machine: Machine) -> None:
    server = machine.start("serve", webhook_auth="none", edge_request_seconds="600")
    server.told()
    host, _, port = machine.environment["MASKING_EDGE_ADDRESS"].partition(":")
    children = server.children()
    with socket.create_connection((host, int(port)), timeout=DEADLINE) as connection:
        connection.sendall(b"POST /infobip/callback HTTP/1.1\r\nHost: edge\r\nContent-Length: 10\r\n\r\n{")
        _until_arbiter_ends(server)
        assert server.end() == ExitCode.FAILED
    for child in children:
        wait_until_gone(child)


def test_a_store_in_memory_is_served_by_one_process(
    machine: Machine, masking: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MASKING_STORE", "memory://")
    server = machine.start("serve", store="memory://")
    server.told()
    assert len(server.children()) == 1
    assert masking("pools", "create", "ride-uk").code == ExitCode.OK
    assert masking("numbers", "add", "ride-uk", "+442079460001").code == ExitCode.OK
    answer = masking.json("call", "+447700900101", "+442079460001")["answer"]
    assert answer["fileUrl"].endswith("/audio/not-allowed.mp3")
    assert not (machine.folder / "data" / "masking.db").exists()
    assert server.end() == ExitCode.OK


def test_the_two_servers_can_be_run_apart(machine: Machine, masking: CommandLine) -> None:
    masking("keys", "generate")
    (machine.folder / "data" / "webhook-credentials").write_text("id:key")
    grpc_server = machine.start("serve-grpc")
    grpc_server.told("Starting the gRPC server")
    edge = machine.start("serve-edge", "--json")
    document = json.loads("\n".join(edge.told("}")))
    assert document["edge_address"] == machine.environment["MASKING_EDGE_ADDRESS"]
    _when_it_answers(masking, "pools", "create", "ride-uk")
    _when_it_answers(masking, "call", "anonymous", "+442079460001")
    assert (edge.end(), grpc_server.end()) == (ExitCode.OK, ExitCode.OK)


def _when_it_answers(masking: CommandLine, *arguments: str) -> None:
    until = time.monotonic() + DEADLINE
    while (ended := masking(*arguments)).code == ExitCode.UNREACHABLE:
        assert time.monotonic() < until
        time.sleep(0.05)
    assert ended.code == ExitCode.OK, ended.err


def test_an_address_that_is_taken_is_told_before_anything_is_made(machine: Machine) -> None:
    host, _, port = machine.environment["MASKING_EDGE_ADDRESS"].partition(":")
    with socket.create_server((host, int(port))):
        refused = machine.run("serve", "--json")
    assert (refused.code, refused.out) == (ExitCode.SETTINGS, "")
    assert refused.error["message"].startswith("MASKING_EDGE_ADDRESS (environment): cannot listen on")
    assert not (machine.folder / "data").exists()


def test_the_edge_alone_refuses_to_start_without_credentials(machine: Machine, masking: CommandLine) -> None:
    masking("keys", "generate")
    refused = machine.run("serve-edge")
    assert refused.code == ExitCode.SETTINGS
    assert "MASKING_WEBHOOK_CREDENTIALS" in refused.err


@pytest.mark.parametrize("server", ["serve-grpc", "serve-edge"])
def test_a_server_alone_makes_no_keys(machine: Machine, server: str) -> None:
    refused = machine.run(server, webhook_credentials="id:key")
    assert refused.code == ExitCode.SETTINGS
    assert "there is no key file data/keys.toml" in refused.err
    assert not (machine.folder / "data" / "keys.toml").exists()


def test_a_key_file_that_was_named_and_is_not_there_is_told(machine: Machine) -> None:
    refused = machine.run("serve", keys="secrets/keys.toml")
    assert refused.code == ExitCode.SETTINGS
    assert "there is no key file secrets/keys.toml" in refused.err


def test_a_server_whose_supervisor_is_gone_already_ends(machine: Machine, masking: CommandLine) -> None:
    masking("keys", "generate")
    orphan = machine.run("serve-grpc", "--supervisor", "1:2")
    assert orphan.code == -signal.SIGTERM
