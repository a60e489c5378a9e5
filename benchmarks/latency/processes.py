"""Processes under load: started on a free port, asked for the processor's time that they and their children took."""

import os
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from support.ports import free_ports

PATIENCE = 60.0
_TICKS = os.sysconf("SC_CLK_TCK")


def family(pid: int) -> list[int]:
    """A process and all that come from it."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        found += [each for child in task.read_text().split() for each in family(int(child))]
    return found


def processor_seconds(pids: list[int]) -> float:
    """The processor's time that these processes and their children have taken so far."""
    ticks = 0
    for pid in {each for parent in pids for each in family(parent)}:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / _TICKS


@dataclass
class Served:
    """A command that serves HTTP on ``port`` once it is started."""

    command: list[str]
    environment: dict[str, str]
    folder: Path
    port: int = field(default_factory=lambda: free_ports(1)[0])
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and wait until it accepts connections."""
        words = [word.replace("{port}", str(self.port)) for word in self.command]
        environment = {name: value.replace("{port}", str(self.port)) for name, value in self.environment.items()}
        with (self.folder / f"log-{self.port}").open("ab") as log:
            self.process = subprocess.Popen(words, env=environment, cwd=self.folder, stdout=log, stderr=log)
        end = time.monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                if time.monotonic() > end or self.process.poll() is not None:
                    raise RuntimeError(f"{words} does not serve; see {self.folder}/log-{self.port}") from None
                time.sleep(0.05)

    @property
    def pid(self) -> int:
        """Of the process that was started."""
        assert self.process is not None
        return self.process.pid

    def stop(self) -> None:
        """End it, and wait."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(PATIENCE)
