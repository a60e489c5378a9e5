.PHONY: run test long fuzz setup bench bench-compare build lock audit sbom secrets clean

run: setup       ## Serve: gRPC on 127.0.0.1:50051, the webhook edge on 127.0.0.1:8080.
	@exec .venv/bin/masking serve

test: setup      ## Check style, types, layers and the gRPC contract, and run every test.
	@scripts/check.sh

long: setup      ## Drive a store beside memory and the model: make long BACKEND=redis STEPS=200000.
	@PYTHONPATH=tests .venv/bin/python -m support.long_run $(if $(BACKEND),--backend $(BACKEND)) \
	    $(if $(STEPS),--steps $(STEPS)) $(if $(SEED),--seed $(SEED))

fuzz: setup      ## Send the servers what nobody ought to send: make fuzz REQUESTS=1000000.
	@PYTHONPATH=tests .venv/bin/python -m support.fuzzing $(if $(REQUESTS),--requests $(REQUESTS)) \
	    $(if $(SEED),--seed $(SEED))

setup:           ## Prepare .venv; run and test do it too.
	@scripts/setup.sh

bench: setup     ## Measure latency beside the floor and the peers, and what growth costs, into benchmarks/results/.
	@scripts/bench.sh

bench-compare: setup  ## Compare with another commit in under three minutes: make bench-compare BASE=main.
	@BASE=$(or $(BASE),HEAD) scripts/bench.sh

build: setup     ## Build the wheel into dist/.
	@.venv/bin/hatchling build --target wheel

lock: setup      ## Write the lock files anew after pyproject.toml has changed.
	@scripts/lock.sh $(LOCK)

audit: setup     ## Ask whether what is locked has known vulnerabilities: make audit SERVICE=osv asks another service.
	@.venv/bin/python scripts/audit.py $(if $(SERVICE),--vulnerability-service $(SERVICE))

sbom: setup      ## Write what the package is made of into dist/sbom.cdx.json (CycloneDX).
	@scripts/sbom.sh

secrets: setup   ## Look for credentials, and take what is found into .secrets.baseline, to be looked at.
	@scripts/secrets.sh

clean:           ## Remove everything that the commands above made, but not data/.
	@rm -rf .venv .venv-bench dist build src/masking .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
