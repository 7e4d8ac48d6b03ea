"""Settings for every test: one backend per run, from KERAS_BACKEND."""

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


@pytest.fixture(autouse=True)
def seeded():
    """The same weights and samples in each test, whatever ran before."""
    keras.utils.clear_session()
    keras.utils.set_random_seed(0)


@pytest.fixture
def samples() -> np.ndarray:
    """2,000 points of a tilted Gaussian in the plane, float32."""
    rng = np.random.default_rng(7)
    points = rng.standard_normal((2_000, 2)) @ [[1.0, 0.5], [0.0, 0.7]]
    return (points + [1.0, -0.5]).astype("float32")
