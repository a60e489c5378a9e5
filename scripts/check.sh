#!/usr/bin/env bash
# Everything that must hold before a change is taken: style, types, layers, and every test.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

step() {
    printf '== %s\n' "$*"
    "$@"
}

step .venv/bin/ruff check
step .venv/bin/ruff format --check
step .venv/bin/mypy
step .venv/bin/lint-imports
step .venv/bin/python -m pytest --numprocesses 3 --dist worksteal
