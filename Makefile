# make train: set up, then train a WGAN on scikit-learn's embedded digits.
# make quick: the quick tests on one backend, BACKEND=torch; to run while editing.
# make test: lint, and test on TensorFlow, JAX and PyTorch; for every change.
# make test-all: that with every soak, tuner and kill; before a release.
# make test-next: the quick tests on the newest pre-releases, in .venv-next.
# make theory: the scripts of docs/theory.md, figures and numbers to runs/theory.
# make docs: the site of mkdocs.yml, its tutorial run, in site/.
# Each sets up first.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
NEXT := .venv-next
BACKENDS := tensorflow jax torch
# The one of `make quick`; it starts and compiles the quickest.
BACKEND ?= torch
INSTALL := $(BIN)/python -m pip install --quiet --constraint constraints.txt

TESTS := $(addprefix test-,$(BACKENDS))
SOAKS := $(addprefix test-all-,$(BACKENDS))

.PHONY: train quick test test-all test-next theory docs lint $(TESTS) $(SOAKS) clean

train: $(VENV)/base
	$(BIN)/python recipes/digits.py --out runs/digits

quick: $(VENV)/test
	KERAS_BACKEND=$(BACKEND) $(BIN)/python -m pytest -m "not slow and not soak"

test: lint $(TESTS)

test-all: lint $(SOAKS)

# Installed again each time: what is newest changes from day to day. The plain
# torch brings CUDA, so that the pinned build stays. keras-nightly takes the
# place of the keras that TensorFlow asks for.
test-next:
	$(PYTHON) -m venv --clear $(NEXT)
	grep '^torch==' constraints.txt > $(NEXT)/torch.txt
	$(NEXT)/bin/python -m pip install --quiet --pre \
		--constraint $(NEXT)/torch.txt --editable ".[jax,torch,test]"
	$(NEXT)/bin/python -m pip uninstall --quiet --yes keras
	$(NEXT)/bin/python -m pip install --quiet --pre --no-deps \
		--force-reinstall keras-nightly
	for backend in $(BACKENDS); do \
		KERAS_BACKEND=$$backend $(NEXT)/bin/python -m pytest \
			-m "not slow and not soak" --one-of-three || failed=1; \
	done; exit $${failed:-0}

theory: $(VENV)/test
	for script in recipes/theory/*.py; do \
		echo "== $$script"; \
		KERAS_BACKEND=jax $(BIN)/python $$script || exit 1; \
	done

# The tutorial is run, so that its pictures and numbers are those of the code.
docs: $(VENV)/docs
	mkdir -p runs/tutorial
	$(BIN)/jupytext --quiet --execute --run-path runs/tutorial --to ipynb \
		docs/tutorial/tutorial.py --output docs/tutorial/index.ipynb
	$(BIN)/jupyter nbconvert --log-level=WARN --to markdown \
		docs/tutorial/index.ipynb
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

lint: $(VENV)/test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy

# PyTorch's run has the tests that wait for processes.
WORKERS_torch := --numprocesses=3
# XLA optimizes less: most of the time of JAX's tests, it compiles.
$(TESTS): test-%: $(VENV)/test
	XLA_FLAGS=--xla_backend_optimization_level=0 KERAS_BACKEND=$* \
		$(BIN)/python -m pytest -m "not soak" --one-of-three $(WORKERS_$*)

# All tests on all backends, those marked once too.
$(SOAKS): test-all-%: $(VENV)/export
	KERAS_BACKEND=$* $(BIN)/python -m pytest

$(VENV)/base: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	@echo "Installing kgan and TensorFlow (1 to 2 minutes)"
	$(INSTALL) --editable .
	@touch $@

$(VENV)/test: $(VENV)/base
	@echo "Installing JAX, PyTorch and the test tools (1 to 2 minutes)"
	$(INSTALL) --editable ".[jax,torch,test]"
	@touch $@

$(VENV)/docs: $(VENV)/base
	@echo "Installing MkDocs and Jupyter (1 minute)"
	$(INSTALL) --editable ".[docs]"
	@touch $@

$(VENV)/export: $(VENV)/test
	@echo "Installing what exports are written and run with, Gradio and Playwright (2 minutes)"
	$(INSTALL) --editable ".[jax,torch,test,export,explore,browser]"
	@touch $@

clean:
	rm -rf $(VENV) $(NEXT) runs site docs/tutorial/index.* \
		docs/tutorial/index_files
