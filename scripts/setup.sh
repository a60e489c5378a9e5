#!/usr/bin/env bash
# Prepares .venv: a Python environment with the locked dependencies and this package in it.
# Takes a minute or two the first time, and no time when nothing has changed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

venv=.venv
stamp=$venv/setup-stamp

say() { printf '%s\n' "$*" >&2; }

suits() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
    local candidate
    for candidate in ${PYTHON:-python3.13 python3.12 python3.11 python3}; do
        if suits "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
    say "Masking needs Python 3.11 or newer: sudo apt-get install python3"
    return 1
}

# Debian and Ubuntu ship Python without the part that makes environments.
install_venv_module() {
    local package privileged=()
    package=$("$1" -c 'import sys; print("python{}.{}-venv".format(*sys.version_info))')
    if [ "$(id -u)" -ne 0 ]; then
        privileged=(sudo -n)
    fi
    if command -v apt-get >/dev/null && { [ "$(id -u)" -eq 0 ] || sudo -n true 2>/dev/null; }; then
        say "Installing $package ..."
        "${privileged[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq
        "${privileged[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$package" >/dev/null
    else
        say "Masking needs the package $package: sudo apt-get install $package"
        return 1
    fi
}

make_venv() {
    local python
    python=$(find_python)
    if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        install_venv_module "$python"
    fi
    rm -rf "$venv"
    "$python" -m venv "$venv"
}

# Whatever the environment is made from, and the folder it was made in: an environment cannot be moved.
fingerprint() {
    {
        pwd
        "$venv/bin/python" -VV
        cat requirements/dev.txt pyproject.toml build_stubs.py scripts/setup.sh
        find proto -name '*.proto' | LC_ALL=C sort | xargs cat
    } | sha256sum | cut -d ' ' -f 1
}

is_ready() {
    [ -f "$stamp" ] && [ -x "$venv/bin/masking" ] && [ -f src/masking/v1/session_service_pb2.py ] &&
        [ "$(cat "$stamp")" = "$(fingerprint 2>/dev/null)" ]
}

if is_ready; then
    exit 0
fi
say "Setting up $venv (this takes a minute or two, once) ..."
if ! suits "$venv/bin/python" || ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    make_venv
fi
pip=("$venv/bin/python" -m pip --disable-pip-version-check --no-input --quiet --quiet)
"${pip[@]}" install --require-hashes -r requirements/dev.txt
"${pip[@]}" install --no-deps --no-build-isolation --editable .
fingerprint >"$stamp"
