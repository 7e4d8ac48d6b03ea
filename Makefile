# make train: set up, then train a WGAN on scikit-learn's embedded digits.
# make test:  set up, then lint and test on TensorFlow, JAX and PyTorch.
# make theory: the scripts of docs/theory.md, figures and numbers to runs/theory.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
BACKENDS := tensorflow jax torch
INSTALL := $(BIN)/python -m pip install --quiet --constraint constraints.txt

.PHONY: train test theory lint $(addprefix test-,$(BACKENDS)) clean

train: $(VENV)/base
	$(BIN)/python recipes/digits.py --out runs/digits

test: lint $(addprefix test-,$(BACKENDS))

theory: $(VENV)/test
	for script in recipes/theory/*.py; do \
		echo "== $$script"; \
		KERAS_BACKEND=jax $(BIN)/python $$script || exit 1; \
	done

lint: $(VENV)/test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy

$(addprefix test-,$(BACKENDS)): test-%: $(VENV)/test
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

clean:
	rm -rf $(VENV) runs
