import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

HARNESS = Path(__file__).with_name("fuzz_signature.py")
BODY, OBJECT, STATUS, NO_HEADER = b"\0", b"\1", b"\1", b"\0"
SEEDS = (
    b'{"action":"dial","currency":"EUR","duration":"15","pricePerSecond":0.0,"calculatedDuration":15}' + BODY,
    b'{ "currency" : { "currency" : [ 1 , "}" ] } , "a" : "\\"currency\\":" }' + BODY,
    bytes(range(64, 256)) + OBJECT,
)
"""The harness reads its three choices from the end of the bytes, the last one first."""


@pytest.mark.skipif(find_spec("atheris") is None, reason="atheris is not made for this Python")
def test_twenty_thousand_fuzzed_webhooks_raise_nothing_but_a_refusal(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for number, seed in enumerate(SEEDS):
        (corpus / str(number)).write_bytes(seed + NO_HEADER + STATUS)
    command = [sys.executable, str(HARNESS), "-runs=20000", "-seed=1", "-max_len=300", str(corpus)]
    finished = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr[-4000:]
    assert "Done 20000 runs" in finished.stderr
