#!/usr/bin/env bash
# Looks for credentials in every file of the repository, and writes what is found, as hashes, into .secrets.baseline.
# A test refuses whatever stands in a file and not there: look at each new one before you commit it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [ ! -f .secrets.baseline ]; then
    .venv/bin/detect-secrets scan --no-verify --exclude-files '^requirements/' >.secrets.baseline
else
    .venv/bin/detect-secrets scan --no-verify --baseline .secrets.baseline
fi
git --no-pager diff --stat -- .secrets.baseline
