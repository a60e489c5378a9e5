"""``python -m latency.profile STORE ...``: where each microsecond of a callback goes under load, in tables that add up.

py-spy looks at a worker and its recorder some hundred times a second while wrk keeps them busy, and counts the threads
that compute. Each share of what it saw is told as so many microseconds of what the processor spent on a callback
meanwhile, and in floors: an empty handler, under the same load in the same run. A part is named for the first line of
``PARTS`` that any frame of a stack matches.
"""

import argparse
import re
import subprocess
import tempfile
from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.table import Table

from latency import loads
from latency.processes import family
from latency.systems import BENCH_BIN, OWN_STORES, ROOT, Laboratory, System

RATE = 250
PARTS = {
    "taking note of the call": r"note \(adapters/call_log",
    "recorded behind the answer: sealing, merging": r"_fragment \(|under_current_keys.*;(merged|_steps) \(",
    "recorded behind the answer: the store": r"record_calls \(",
    "recorded behind the answer: gathering": r"adapters/(call_log|recorder|decided_packing)",
    "credentials and keys followed": r"_follow \(|_note_webhook|refresh \(adapters/sealing",
    "signature": r"verify \(|note \(webhook_edge/gate",
    "reading the body": r"read_body \(",
    "parsing the callback": r"parse_callback \(",
    "look-up keys of the caller": r"lookups \(adapters/sealing",
    "the store's round trip": r"find_route \(|adapters/storage/",
    "unsealing the callee": r"_unseal \(|unseal \(",
    "deciding": r"route \(masking_core|decide \(",
    "rendering the answer": r"render \(",
    "Falcon": r"__call__ \(falcon|falcon/",
    "sharing round trips": r";run \(adapters/together[^;]*$|_answer \(adapters/together[^;]*$",
    "HTTP of plain callbacks": r"webhook_edge/plain_http",
    "gunicorn: reading and parsing HTTP": r"__next__ \(gunicorn|gunicorn/http/(message|parser|unreader|body)",
    "gunicorn: environment and answer": r"gunicorn/http/wsgi|handle_request \(|gunicorn/glogging",
    "connections: reading, sending, polling": r"webhook_edge/(connections?|framing|listening)|run_callbacks|select \(",
    "leading, admitting, handing over": r"webhook_edge/|gunicorn/workers|threading\.py|concurrent/",
    "all else": r"",
}
IDLE = re.compile(
    r"(;(watch \(webhook_edge/crew|look \(webhook_edge/relief)|_work \(webhook_edge/crew|;wait \(threading"
    r"|multiprocessing/connection|_record \(adapters/call_log.*select \(selectors)[^;]*$"
)
"""Threads that wait, which py-spy takes for busy now and then."""


def looked_at(system: System, seconds: int, connections: int, folder: Path) -> tuple[Counter[str], loads.Reading]:
    """How often each part was seen at work in a worker and its recorder, and what the load found."""
    worker = family(system.served.pid)[1]
    stacks = folder / f"stacks-{system.name}"
    command = [str(BENCH_BIN / "py-spy"), "record", "--pid", str(worker), "--duration", str(seconds)]
    command += ["--rate", str(RATE), "--format", "raw", "--nonblocking", "--subprocesses", "--output", str(stacks)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
        reading = loads.closed(system, 0, connections, seconds, folder)
    seen: Counter[str] = Counter()
    for line in stacks.read_text().splitlines():
        stack, _, count = line.rpartition(" ")
        # A frame that py-spy could not read may have any sign in its name, the end of a line too.
        if not count.isdigit() or IDLE.search(stack):
            continue
        seen[part_of(stack)] += int(count)
    return seen, reading


def part_of(stack: str) -> str:
    """The part that a stack of frames, the outermost first, belongs to."""
    return next(part for part, pattern in PARTS.items() if re.search(pattern, stack))


def shown(system: System, seen: Counter[str], reading: loads.Reading, floor: loads.Reading) -> Table:
    """The table of one system."""
    floors = reading.processor / floor.processor
    title = f"{system.name}: {reading.processor:.0f} us of processor a callback, {floors:.2f} floors"
    table = Table("", "share", "us", "floors", title=title)
    for part in PARTS:
        share = seen[part] / max(1, seen.total())
        spent = share * reading.processor
        if seen[part]:
            table.add_row(part, f"{share:.1%}", f"{spent:.0f}", f"{spent / floor.processor:.3f}")
    table.add_row("together", "100%", f"{reading.processor:.0f}", f"{floors:.3f}")
    return table


def main() -> None:
    parser = argparse.ArgumentParser(prog="latency.profile", description=__doc__)
    parser.add_argument("stores", nargs="*", metavar="STORE", default=["memory", "sqlite"], help=", ".join(OWN_STORES))
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--tree", type=Path, default=ROOT, help="whose sources to look at")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="masking-bench-") as name:
        folder = Path(name)
        laboratory = Laboratory(folder, workers=1)
        try:
            floor = laboratory.floor(1)
            systems = [floor, *(laboratory.ours(store, asked.tree) for store in asked.stores)]
            found = [looked_at(system, asked.seconds, asked.connections, folder) for system in systems]
            for system, (seen, reading) in zip(systems, found, strict=True):
                Console(width=110).print(shown(system, seen, reading, found[0][1]))
        finally:
            laboratory.close()


if __name__ == "__main__":
    main()
