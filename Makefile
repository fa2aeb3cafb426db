# SmartWard. `make help` tells what there is; everything sets itself up.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.ONESHELL:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
VOICE_VENV := .venv-voice
VOICE_READY := $(VOICE_VENV)/.ready
HIS_VENV := .venv-his
HIS_READY := $(HIS_VENV)/.ready
GNU_VENV := .venv-gnuhealth
GNU_READY := $(GNU_VENV)/.ready
RELEASE ?= 12# of Debian, for packages
ARCH ?= $(shell dpkg --print-architecture 2>/dev/null)
MACHINES ?= 1# virtual ones at once, in image-test; each takes a processor and 2 GB
SYSTEM := packaging/install-system-packages
PIP := -m pip --disable-pip-version-check install --quiet
QML = $(shell find ui -name '*.qml' 2>/dev/null)

export PYTHON
# Some machines tell Python to keep nothing of what it compiled: each of our programs and each run
# of the tests would compile everything anew.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help
help: ## Show this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# ------------------------------------------------------------------------------------- using it

.PHONY: demo
demo: system-demo $(READY) ## A living ward on this machine (without a display: a told story)
	$(BIN)/smartward demo

.PHONY: pictures
pictures: system-demo $(READY) ## Draw every screen in every state into PNG files
	$(BIN)/python -m smartward.demo.pictures

.PHONY: bench
bench: system-demo $(READY) ## Measure the press, the board, the hospital's data and the alerts on this machine
	$(BIN)/smartward bench call
	$(BIN)/smartward bench board
	$(BIN)/smartward bench sync
	$(BIN)/smartward bench alert-cost
	$(BIN)/smartward bench alert-pixels

# ----------------------------------------------------------------------------------- testing it

.PHONY: test
test: system-test $(READY) ## Lint, types, contracts and every test that is not long
	$(BIN)/python -m pytest -n 3 --dist worksteal # on two cores: many tests wait

# Whole houses of real programs, two tests beside each other.
LONG := $(BIN)/python -m pytest -m long --timeout 900

.PHONY: test-long
test-long: system-test $(READY) $(HIS_READY) ## The slow tests
	$(LONG) -n 2 --dist worksteal --ignore tests/device || { [ $$? -eq 1 ] \
		&& echo "==== what failed beside others is tried once more, alone; look at why it did" \
		&& $(LONG) --ignore tests/device --last-failed --last-failed-no-failures none; }
	$(LONG) tests/device # sound has its own time

.PHONY: test-gnuhealth
test-gnuhealth: system-test $(READY) $(GNU_READY) ## Against a real GNU Health (up to 3 minutes; in no CI target)
	SMARTWARD_TEST_GNUHEALTH=1 $(BIN)/python -m pytest --timeout 300 tests/his/gnuhealth

.PHONY: his-servers
his-servers: $(HIS_READY) ## Hospital systems by others, for the slow tests (an environment of its own)

.PHONY: verified
verified: system-test $(READY) $(HIS_READY) $(GNU_READY) ## What was verified against what, anew into the README
	rm -rf build/verified
	$(BIN)/python -m pytest -q -m "verifies" --timeout 900 -n 2 --dist worksteal tests/his \
		--ignore tests/his/gnuhealth
	SMARTWARD_TEST_GNUHEALTH=1 $(BIN)/python -m pytest -q -m "verifies" --timeout 300 \
		tests/his/gnuhealth
	$(BIN)/python -m tests.his.verified

.PHONY: lint
lint: system-test $(READY) ## Only the checks of the project itself (they are part of `make test`)
	$(BIN)/python -m pytest -q tests/project

# -------------------------------------------------------------------------------- delivering it

.PHONY: deb
deb: system-deb $(READY) ## Debian packages of the commit, into build/deb/ (RELEASE=12|13 ARCH=amd64|arm64)
	$(BIN)/python packaging/debian/build.py --release $(RELEASE) --arch $(ARCH)

.PHONY: deb-test
deb-test: system-deb-test deb ## Install, run, upgrade, remove and purge them on a plain Debian (as root)
	SMARTWARD_TEST_DEB=$(RELEASE) $(BIN)/python -m pytest --timeout 900 tests/packaging

.PHONY: image
image: deb system-image ## The kiosk image (UEFI disk), build/image/*.img.zst and .bmap (as root)
	packaging/image/build $(RELEASE) $(ARCH)

.PHONY: bundle
bundle: system-bundle ## That image as an update, signed: make bundle KEY=FILE CERT=FILE
	SMARTWARD_UPDATE_KEY="$(KEY)" SMARTWARD_UPDATE_CERT="$(CERT)" packaging/image/bundle $(RELEASE) $(ARCH)

.PHONY: image-test
image-test: system-image-test $(READY) ## Start that image in QEMU: place, call, pull the plug, freeze, keys, update (MACHINES=2 at once; an hour and a half of machines without KVM)
	SMARTWARD_TEST_IMAGE=$(RELEASE) $(BIN)/python -m pytest --timeout 5400 --durations 30 -n $(MACHINES) --dist loadfile tests/image

# ---------------------------------------------------------------------------------- changing it

.PHONY: format
format: system-test $(READY) ## Put Python and QML files into the project's form
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .
	$(if $(QML),$(BIN)/pyside6-qmlformat --inplace $(QML))

.PHONY: translations
translations: system-test $(READY) ## Take new qsTr texts into resources/i18n/*.ts and compile them
	$(BIN)/python -m tests.project.translations

.PHONY: voice
voice: $(VOICE_READY) ## Render the spoken prompts anew (needs the network once)
	$(VOICE_VENV)/bin/python packaging/voice/render.py

.PHONY: lock
lock: ## Choose and lock the newest allowed versions of every Python package
	packaging/lock

.PHONY: clean
clean: ## Remove what was built, the virtual environments included
	rm -rf build dist *.egg-info $(VENV) $(VOICE_VENV) $(HIS_VENV) $(GNU_VENV) demo-out
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find smartward tests -name __pycache__ -type d -prune -exec rm -rf {} + 

# -------------------------------------------------------------------------------------- set-up

.PHONY: system-python system-demo system-test system-deb system-deb-test \
	system-image system-bundle system-image-test
system-python:
	@$(SYSTEM) python
system-demo:
	@$(SYSTEM) python run demo
system-test:
	@$(SYSTEM) python run test units bundle
system-deb:
	@$(SYSTEM) python run deb
system-deb-test:
	@$(SYSTEM) python run deb debian units
system-image:
	@$(SYSTEM) debian bundle image
system-bundle:
	@$(SYSTEM) bundle image
system-image-test:
	@$(SYSTEM) python run test units bundle image image-test

$(READY): packaging/requirements-dev.txt pyproject.toml setup.py | system-python
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
		echo "SmartWard needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version)." >&2
		echo "Name another one: make PYTHON=python3.12 ..." >&2
		exit 1
	}
	echo "Setting up $(VENV) (once, and again when the locked versions change) ..."
	$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python $(PIP) --require-hashes -r packaging/requirements-dev.txt
	# Our folder of the package's name is meant to be the one that is imported.
	PYTHONWARNINGS="ignore:Editable installation" \
		$(BIN)/python $(PIP) --no-deps --no-build-isolation --editable .
	touch $@

$(VOICE_READY): packaging/requirements-voice.txt | system-python
	@echo "Setting up $(VOICE_VENV) ..."
	$(VOICE_VENV)/bin/python -m pip --version >/dev/null 2>&1 ||
		$(PYTHON) -m venv --clear $(VOICE_VENV)
	$(VOICE_VENV)/bin/python $(PIP) -r packaging/requirements-voice.txt
	touch $@

$(HIS_READY): packaging/requirements-his-servers.txt | system-python
	@echo "Setting up $(HIS_VENV) ..."
	$(HIS_VENV)/bin/python -m pip --version >/dev/null 2>&1 ||
		$(PYTHON) -m venv --clear $(HIS_VENV)
	$(HIS_VENV)/bin/python $(PIP) --require-hashes -r packaging/requirements-his-servers.txt
	touch $@

# Locked whole but for PostgreSQL's client, which nobody here needs and which would be compiled.
$(GNU_READY): packaging/requirements-gnuhealth.txt | system-python
	@echo "Setting up $(GNU_VENV) ..."
	$(GNU_VENV)/bin/python -m pip --version >/dev/null 2>&1 ||
		$(PYTHON) -m venv --clear $(GNU_VENV)
	$(GNU_VENV)/bin/python $(PIP) --no-deps --require-hashes -r packaging/requirements-gnuhealth.txt
	touch $@
