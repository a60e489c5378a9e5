import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from edge import recorded

HARNESS = Path(__file__).with_name("fuzz_edge.py")
SEEDS = (
    recorded.CALLBACK,
    recorded.REPORT,
    rb'{"to":"447700900001","fr\u006fm":"anonymous","x":[{"y":[0.5e-1,null]}]}',
)


@pytest.mark.skipif(find_spec("atheris") is None, reason="atheris is not made for this Python")
def test_no_fuzzed_body_breaks_the_edge(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for number, seed in enumerate(SEEDS):
        (corpus / str(number)).write_bytes(seed)
    command = [sys.executable, str(HARNESS), "-runs=5000", "-seed=1", "-max_len=700", str(corpus)]
    finished = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr[-4000:]
    assert "Done 5000 runs" in finished.stderr
