# Two commands: `make run` opens the workbench, `make test` checks everything. Both do their own set-up, once.

PYTHON ?= python3
BIN := .venv/bin
TORCH ?= torch==2.13.0
PORT ?= 8501

.PHONY: run test test-tracking lint unit browser setup dev lock clean others bench bench-engine bench-games bench-grounding bench-groups \
	bench-harness bench-import bench-languages bench-retrieval bench-search bench-store bench-tried

run: setup
	@$(BIN)/workbench app --port $(PORT)

setup: .stamps/runtime .stamps/editor .stamps/models

dev: setup .stamps/dev

# torch goes in first and alone: a resolver would otherwise bring several GB of CUDA packages.
.stamps/runtime: requirements.lock
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(TORCH)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@mkdir -p .stamps && touch $@

.stamps/dev: .stamps/runtime requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.lock
	@touch $@

.stamps/editor: .stamps/runtime $(wildcard workbench/ui/editor/src/*.js) workbench/ui/editor/package-lock.json
	$(BIN)/python workbench/ui/editor/build.py
	@touch $@

.stamps/models: .stamps/runtime workbench/engine/embedded.py
	$(BIN)/workbench models pull
	$(BIN)/workbench catalogs index movies
	@touch $@

test: lint unit browser

# The trackers bring libraries that nothing else needs: an environment of their own.
test-tracking: .stamps/tracking
	PYTHONPATH=. .venv-tracking/bin/python -m pytest -p no:cacheprovider --noconftest tests/test_tracking.py

.stamps/tracking: requirements-tracking.txt requirements.txt
	$(PYTHON) -m venv .venv-tracking
	.venv-tracking/bin/python -m pip install --quiet --disable-pip-version-check -c requirements.txt -r $<
	@mkdir -p .stamps && touch $@

lint: dev
	$(BIN)/ruff check workbench tests benchmarks
	$(BIN)/ruff format --check workbench tests benchmarks
	$(BIN)/mypy

unit: dev
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not browser"

browser: dev
	$(BIN)/python -m pytest -m browser

bench: dev
	$(BIN)/python benchmarks/two_variants.py
	$(BIN)/python benchmarks/retrieval_recall.py
	$(BIN)/python benchmarks/preview.py

bench-grounding: dev
	$(BIN)/python benchmarks/grounding.py

bench-groups: dev
	$(BIN)/python benchmarks/groups.py

bench-languages: dev
	$(BIN)/python benchmarks/languages.py

bench-import: dev
	$(BIN)/python benchmarks/importing.py

bench-store: dev
	$(BIN)/python benchmarks/store.py

bench-search: dev
	$(BIN)/python benchmarks/search.py

bench-harness: dev
	$(BIN)/python benchmarks/harness.py

bench-tried: dev
	$(BIN)/python benchmarks/tried.py

bench-games: dev
	$(BIN)/python benchmarks/games.py

bench-retrieval: dev
	$(BIN)/python benchmarks/retrieval.py

bench-engine: dev others
	$(BIN)/python benchmarks/engine.py

# What the engine is measured beside, in an environment of its own; llama-cpp-python is compiled, which takes minutes.
others: .stamps/others

.stamps/others: benchmarks/others/requirements.txt
	$(PYTHON) -m venv .venv-others
	.venv-others/bin/python -m pip install --quiet --disable-pip-version-check $(TORCH)
	.venv-others/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@mkdir -p .stamps && touch $@

# Locks the whole tree without index addresses; torch stays out, since each platform has its own build of it.
lock: dev
	$(BIN)/python -m pip install --quiet uv==0.13.9
	echo 'torch==2.13.0+cpu' > .stamps/override.txt
	$(BIN)/uv pip compile --quiet requirements.txt --override .stamps/override.txt --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-header --no-annotate --no-emit-package torch -o requirements.lock
	$(BIN)/uv pip compile --quiet requirements-dev.txt -c requirements.lock --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-header --no-annotate -o requirements-dev.lock

clean:
	rm -rf .venv .venv-others .venv-tracking .stamps screenshots workbench/ui/editor/node_modules workbench/ui/editor/build/editor.js
