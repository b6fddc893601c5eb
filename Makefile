# Needs Python >= 3.11 and make, nothing else. `make run` and `make test` are the two commands of the README.

PYTHON ?= python3
BIN    := .venv/bin
CONFIG ?= config.toml

# else each daemon and each command that a test starts compiles all of the program anew
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test check format interop endure soak fuzz bench clean

run: .venv/installed
	$(BIN)/mailflow run --config $(CONFIG)

test: .venv/dev
	$(BIN)/python -m pytest -n 2 --dist loadgroup -m "not interop and not soak"

check: .venv/dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_architecture.py tests/test_docs.py

format: .venv/dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Debian's Dovecot, Postfix, swaks and systemd-analyze as peers
interop: .venv/dev
	$(BIN)/python -m pytest -m interop tests/interop

# the stories that `make test` tells shortly, at their full length: MAILS, KILLS, ROUNDS and PAST are settings
endure: export ENDURE := 1
endure: .venv/dev
	$(BIN)/python -m pytest -n 2 -m endure

# what is longer than `make test`, or the work of others: public suites are fetched into SUITES, or put there by hand
soak: export SUITES ?= build/suites
soak: .venv/dev
	$(BIN)/python -m pytest -m soak -s tests/soak
	MAILS=$${MAILS:-10000} KILLS=$${KILLS:-200} $(BIN)/python -m pytest -n 2 tests/crash/test_crashes.py

# MAILS mutants of the mails in tests/messages; SEED makes the same ones again
MAILS ?= 1000000
SEED  ?= 1
fuzz: .venv/dev
	$(BIN)/python -m tests.mail.fuzz $(MAILS) $(SEED)

bench: .venv/dev
	$(BIN)/python -m bench
	$(BIN)/python -m bench.understand tests/messages
	$(BIN)/python -m bench.rules
	$(BIN)/python -m bench.idle
	$(BIN)/python -m bench.timers

clean:
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .hypothesis

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "mailflow needs Python >= 3.11; name one with: make PYTHON=python3.12 …" >&2; exit 1; }
	$(PYTHON) -m venv .venv || { rm -rf .venv; echo "$(PYTHON) can make no venv; on Debian: apt install python3-venv" >&2; exit 1; }

.venv/installed: .venv/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

.venv/dev: .venv/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@ .venv/installed
