#!/usr/bin/env bash
# Writes dist/sbom.cdx.json: all that the package needs when it runs, extras too, with versions and hashes.
# The same lock file gives the same bytes. It is checked against CycloneDX's schema before it is written.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

file=${1:-dist/sbom.cdx.json}
mkdir -p "$(dirname "$file")"
# It warns of a graph without edges: a lock file tells what is needed, and not by whom.
PYTHONWARNINGS=ignore .venv/bin/cyclonedx-py requirements requirements/runtime.txt --pyproject pyproject.toml \
    --mc-type application --spec-version 1.6 --output-reproducible --validate --output-format JSON --output-file "$file"
