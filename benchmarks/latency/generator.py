"""The open-loop load generator, which is compiled when it is first needed: a slower one would measure itself."""

import subprocess
from pathlib import Path

SOURCE = Path(__file__).with_name("open_loop.c")
OPTIONS = ("-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra", "-Werror")


def generator(folder: Path) -> Path:
    """The program, in a folder; ``open_loop.c`` says how it is run."""
    program = folder / SOURCE.stem
    if not program.exists():
        subprocess.run(["cc", *OPTIONS, "-o", program, SOURCE, "-lm"], check=True)
    return program
