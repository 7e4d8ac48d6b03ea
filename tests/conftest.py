"""Settings for every test: one backend per run, from KERAS_BACKEND.

`make test` runs the tests once per backend. Those marked `once` need none, and
run on PyTorch alone: it compiles nothing, and is the quickest to begin. The
mark may name another backend, `once("jax")`, for a test that is quicker there.
"""

import gc
import os
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

if os.environ.get("KERAS_BACKEND") == "jax":
    # The workers of one run share what they compile; most nets are the same.
    if "JAX_COMPILATION_CACHE_DIR" not in os.environ:
        CACHE = tempfile.TemporaryDirectory(prefix="kgan-jax-")
        os.environ["JAX_COMPILATION_CACHE_DIR"] = CACHE.name
    os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
    os.environ["JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES"] = "-1"

if os.environ.get("KERAS_BACKEND") == "torch":
    # Before TensorFlow, which the data pipelines load.
    import torch  # noqa: F401

import keras
import numpy as np
import pytest

ONCE = "torch"


def pytest_addoption(parser):
    parser.addoption(
        "--one-of-three",
        action="store_true",
        help="This is the run of one backend of three: leave tests marked "
        "once to the one that they name.",
    )


def pytest_collection_modifyitems(config, items):
    if not config.getoption("--one-of-three"):
        return
    kept, left = [], []
    for item in items:
        mark = item.get_closest_marker("once")
        here = mark is None or keras.backend.backend() in (mark.args or [ONCE])
        (kept if here else left).append(item)
    config.hook.pytest_deselected(items=left)
    items[:] = kept


def pytest_collection_finish():
    """Leaves what all tests import out of each later collection of garbage.

    With the modules of three backends in memory, one takes 0.3 to 0.8 s.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def seeded():
    """The same weights and samples in each test, whatever ran before."""
    # Python collects garbage when there is enough, and not at each test.
    keras.utils.clear_session(free_memory=False)
    keras.utils.set_random_seed(0)


@pytest.fixture
def untraced(monkeypatch):
    """On PyTorch, runs steps as they are: tracing one takes 0.5 to 4 s.

    For tests of what surrounds the steps. That traced steps train the same is
    shown by `test_torch_graph`, `test_speed`, `test_games_and_penalties`,
    `test_fit` and others without this fixture.
    """
    if keras.backend.backend() == "torch":
        monkeypatch.setenv("KGAN_SPEED", "0")


@pytest.fixture
def traced(untraced, monkeypatch):
    """Undoes `untraced` for one test of a module that has it."""
    monkeypatch.delenv("KGAN_SPEED", raising=False)


@pytest.fixture
def samples() -> np.ndarray:
    """2,000 points of a tilted Gaussian in the plane, float32."""
    rng = np.random.default_rng(7)
    points = rng.standard_normal((2_000, 2)) @ [[1.0, 0.5], [0.0, 0.7]]
    return (points + [1.0, -0.5]).astype("float32")
