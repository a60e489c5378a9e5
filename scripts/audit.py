"""Asks an advisory service whether anything that is locked has a known vulnerability.

``make audit``. Whatever is given is handed to pip-audit, as in ``--vulnerability-service osv``. It exits with 0 when
every package was looked up and none has a vulnerability, with 1 when one has, and with 3 when any could not be looked
up: then nothing was found out, and that is no good news.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
LOCKS = ("runtime", "build", "dev")
CLEAN, VULNERABLE, NOT_AUDITED = 0, 1, 3


def audited(lock: Path, options: Sequence[str]) -> Iterator[tuple[str, str]]:
    """What became of each package of a lock file: ``ok``, ``vulnerable`` or ``unknown``, and a line about it."""
    asked = ["-m", "pip_audit", "--requirement", str(lock), "--require-hashes", "--disable-pip", "--format", "json"]
    done = subprocess.run(
        [sys.executable, *asked, "--progress-spinner", "off", *options], capture_output=True, text=True, check=False
    )
    try:
        told = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        last = done.stderr.strip().splitlines()[-1:] or [f"pip-audit ended with {done.returncode}"]
        yield "unknown", f"{lock.name}: no answer: {last[0]}"
        return
    for package in told:
        name = f"{package['name']} {package.get('version', '')}".strip()
        if "skip_reason" in package:
            yield "unknown", f"{name}: {package['skip_reason']}"
        elif package["vulns"]:
            for found in package["vulns"]:
                fixed = ", ".join(found["fix_versions"]) or "no version yet"
                yield "vulnerable", f"{name}: {found['id']}, mended in {fixed}"
        else:
            yield "ok", name


def main(options: Sequence[str]) -> int:
    """Look everything up, and tell what came of it."""
    told = {each for lock in LOCKS for each in audited(ROOT / "requirements" / f"{lock}.txt", options)}
    lines = {outcome: sorted(line for each, line in told if each == outcome) for outcome in ("vulnerable", "unknown")}
    looked_up = sum(outcome == "ok" for outcome, _ in told)
    for line in (*lines["vulnerable"], *lines["unknown"]):
        print(line)
    if lines["vulnerable"]:
        print(f"VULNERABLE: {len(lines['vulnerable'])} known vulnerabilities")
        return VULNERABLE
    if lines["unknown"]:
        print(f"NOT AUDITED: {len(lines['unknown'])} could not be looked up, {looked_up} could")
        return NOT_AUDITED
    print(f"{looked_up} packages, none with a known vulnerability")
    return CLEAN


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
