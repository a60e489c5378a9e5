#!/usr/bin/env bash
# Writes the lock files: every dependency with its version and hashes, for any machine and Python from 3.11 on.
# Arguments go to uv: `scripts/lock.sh --upgrade` takes the newest versions instead of keeping those locked.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

lock() {
    local file=$1
    shift
    .venv/bin/uv pip compile --universal --generate-hashes --python-version 3.11 --no-header --quiet \
        --output-file "$file" "$@" >/dev/null
}

# What builds the package, as pyproject.toml names it.
build_requirements() {
    .venv/bin/python -c '
import tomllib
print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")'
}

lock requirements/dev.txt --all-extras --group dev "$@" pyproject.toml
lock requirements/runtime.txt --all-extras --constraints requirements/dev.txt pyproject.toml
lock requirements/bench.txt --group pyproject.toml:bench --constraints requirements/dev.txt
build_requirements | lock requirements/build.txt --constraints requirements/dev.txt --no-annotate -

if grep -nE '://|^ *-[^-]|^--|(^|[[:space:]])/' requirements/*.txt; then
    echo "a lock file names a registry or a path of this machine" >&2
    exit 1
fi
