#!/usr/bin/env bash
# Measures the callback's latency beside the floor and the peers, its growth, and openings over gRPC: two hours or so,
# on a machine that does nothing else. With BASE=<commit> compares that commit with this tree, in under three minutes.
# What is installed for it stands beside .venv, in .venv-bench.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export PYTHONPATH=benchmarks:tests
python=.venv/bin/python

for needed in wrk cc; do
    command -v "$needed" >/dev/null && continue
    echo "the benchmark needs wrk and a C compiler: sudo apt-get install wrk gcc" >&2
    exit 1
done

if [ -n "${BASE:-}" ]; then
    tree=$(mktemp -d)
    trap 'git worktree remove --force "$tree"' EXIT
    git worktree add --quiet --detach "$tree" "$BASE"
    (cd "$tree" && PYTHONPATH=$tree "$OLDPWD/$python" -c 'import build_stubs; build_stubs.generate()')
    $python -m latency --base "$tree" --systems ${STORES:-memory sqlite redis postgresql} \
        --connections 32 --shares 0.5 --seconds 2 --turns 2
    exit
fi

if ! cmp -s requirements/bench.txt .venv-bench/stamp; then
    echo "Setting up .venv-bench ..." >&2
    $python -m venv --clear .venv-bench
    .venv-bench/bin/python -m pip --disable-pip-version-check --no-input --quiet --quiet \
        install --require-hashes -r requirements/bench.txt
    cp requirements/bench.txt .venv-bench/stamp
fi

results=benchmarks/results
$python -m latency --workers 2 --results "$results"
for workers in 1 4; do
    $python -m latency --workers "$workers" --results "$results/workers-$workers"
    cp "$results/workers-$workers/latency.txt" "$results/workers-$workers.txt"
done
$python -m latency.profile memory sqlite redis redis+cluster postgresql | tee "$results/profile.txt"
$python -m latency.growth --results "$results"
$python benchmarks/allocation.py memory sqlite redis redis+cluster postgresql | tee "$results/allocation.txt"
$python -m latency.openings | tee "$results/openings.txt"
$python benchmarks/callback.py
