#!/usr/bin/env bash
# The tests of the stores that have servers, alone: on those of the system, or with MASKING_TEST_SERVERS=wheels on
# those that the development dependencies bring. Arguments go to pytest.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

run() { .venv/bin/python -m pytest --numprocesses 3 --dist worksteal "$@"; }

run tests/postgres tests/redis_store "$@"
run tests/storage -k "postgresql or redis" "$@"
