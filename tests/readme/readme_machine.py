"""A machine on which the README is followed: its own ports and data, a shell, and servers beside it."""

import getpass
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import httpx

from cli.command_line import DEADLINE, clean_environment, free_address
from readme.readme_document import ROOT, Block
from support.certificates import Authority
from support.pgbouncers import fresh_database

SERVERS = ("make run", "masking serve-grpc", "masking serve-edge", "masking serve --with-simulator")
"""What runs until it is told to end, and so beside the commands that follow."""

_OPERATIONS = "127.0.0.1:8081"
_GRPC_OPERATIONS = "127.0.0.1:8082"
_SIMULATOR = "127.0.0.1:8090"
_END = "--end of the block--"


class ReadmeMachine:
    """Runs blocks one after the other. Ports and folder are its own, since the README's may be in use here."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._addresses = {
            shown: free_address()
            for shown in ("127.0.0.1:50051", "127.0.0.1:8080", _OPERATIONS, _GRPC_OPERATIONS, _SIMULATOR)
        }
        scripts = Path(sys.executable).parent
        self._environment = clean_environment(
            data_dir=str(folder / "data"),
            grpc_address=self._addresses["127.0.0.1:50051"],
            edge_address=self._addresses["127.0.0.1:8080"],
            ops_address=self._addresses[_OPERATIONS],
            grpc_ops_address=self._addresses[_GRPC_OPERATIONS],
        ) | {"PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}"}
        self._stores = {
            "sqlite:////var/lib/masking/masking.db": lambda: f"sqlite:///{folder}/data/masking.db",
            "postgresql://masking@db.example.org/masking": fresh_database,
        }
        self._servers: list[subprocess.Popen[str]] = []
        self._shell: subprocess.Popen[str] | None = None

    def follow(self, block: Block) -> str:
        """Do what the block says, and return what it prints."""
        if block.language == "toml":
            return self._configure(block.code)
        if block.language == "python":
            return self._run_python(block.code)
        if block.code.strip() in SERVERS:
            return self._serve(block.code.strip())
        assert not any(server in block.code for server in SERVERS), "a server stands in a block of its own"
        code = block.code
        for shown, own in self._stores.items():
            if shown in code:
                code = code.replace(shown, own())
        return self._run_shell(code)

    def stop(self) -> None:
        """End the shell and the servers."""
        if self._shell is not None:
            self._shell.communicate()
        for server in reversed(self._servers):
            server.terminate()
            server.wait(DEADLINE)
            if server.stdout is not None:
                server.stdout.close()

    def normal(self, printed: str) -> str:
        """The text without what differs from one time to the next."""
        for shown, own in self._addresses.items():
            printed = printed.replace(own, shown)
        printed = printed.replace(f"{self._folder}/", "")
        for pattern, name in (
            (r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID"),
            (r"mk_[\w-]+", "API KEY"),
            (r"\b[0-9a-f]{64}\b", "MARK"),
            (f"command line {getpass.getuser()} ", "command line root "),
            # Whether a server answers is asked again and again, and each time is a line of the audit.
            (r"(?m)^audit( +\d+){3}", "audit LINES"),
            (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME"),
            (r"(?m)^\d+ +TIME", "LINE TIME"),
            (r"lines 1 to \d+ are whole, mark \d+:", "lines are whole, mark "),
            (r"\b[0-9a-f]{32}\b", "SECRET"),
            (r"\b[0-9a-f]{12}\b", "DIGEST"),
            (r"\b[0-9a-f]{8}\b", "KEY"),
            (r" +", " "),
        ):
            printed = re.sub(pattern, name, printed)
        return printed.strip()

    def _configure(self, code: str) -> str:
        """Have the settings file that is shown, but for what would leave the test's folder."""
        file = self._folder / "masking.toml"
        authority = Authority(self._folder)
        certificate, key = authority.issue("server", server=True)
        for shown, own in (("/etc/masking/grpc.pem", certificate), ("/etc/masking/grpc.key", key)):
            assert shown in code
            code = code.replace(shown, str(own))
        file.write_text(code)
        self._environment |= {
            "MASKING_CONFIG": str(file),
            "MASKING_KEYS": str(self._folder / "keys.toml"),
            "MASKING_GRPC_CA": str(authority.file),
        }
        return ""

    def _run_shell(self, code: str) -> str:
        code = code.replace(_SIMULATOR, self._addresses[_SIMULATOR])
        if self._shell is None:
            self._shell = subprocess.Popen(
                ["bash", "-e"],
                cwd=ROOT if ".venv/" in code else self._folder,
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        assert self._shell.stdin is not None
        assert self._shell.stdout is not None
        self._shell.stdin.write(f"{code}\necho '{_END}'\n")
        self._shell.stdin.flush()
        lines: list[str] = []
        for line in self._shell.stdout:
            if line.strip() == _END:
                return "".join(lines)
            lines.append(line)
        raise AssertionError(f"a command failed:\n{code}\n{''.join(lines)}")

    def _run_python(self, code: str) -> str:
        for shown, own in self._addresses.items():
            code = code.replace(shown, own)
        return subprocess.run(
            [sys.executable, "-c", code],
            cwd=self._folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout

    def _serve(self, command: str) -> str:
        # What `make setup` makes is there, for it made what runs this test; and it must not change meanwhile.
        words = command.replace("make ", "make --assume-old=setup ").split()
        if "--with-simulator" in words:
            words += ["--simulator-address", self._addresses[_SIMULATOR]]
        server = subprocess.Popen(
            words, cwd=ROOT, env=self._environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self._servers.append(server)
        assert server.stdout is not None
        lines: list[str] = []
        for line in server.stdout:
            lines.append(line)
            if line.startswith(("Serving:", "Starting")):
                self._wait_for(command)
                return "".join(lines)
        raise AssertionError(f"{command} ended early: {lines}")

    def _wait_for(self, command: str) -> None:
        """Return when the server answers: it tells of its start before that when it runs alone."""
        answers = self._edge_answers if command == "masking serve-edge" else self._grpc_answers
        until = time.monotonic() + DEADLINE
        while not answers():
            assert time.monotonic() < until, f"{command} does not answer"
            time.sleep(0.05)

    def _grpc_answers(self) -> bool:
        asking = ["masking", "pools", "list"]
        return subprocess.run(asking, cwd=ROOT, env=self._environment, capture_output=True, check=False).returncode == 0

    def _edge_answers(self) -> bool:
        try:
            return httpx.get(f"http://{self._addresses[_OPERATIONS]}/readyz").is_success
        except httpx.HTTPError:
            return False
