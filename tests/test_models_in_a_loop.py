"""Many models in one process, as a search makes them."""

import logging
import os
import pathlib
import subprocess
import sys

import keras
import pytest

import kgan  # noqa: F401

ROOT = pathlib.Path(__file__).resolve().parents[1]
PROGRAM = """
import kgan
import numpy as np

points = np.zeros((64, 2), "float32")
for seed in range(6):
    generator = kgan.architectures.mlp_generator(2, 2, [4])
    discriminator = kgan.architectures.mlp_discriminator(2, [4])
    gan = kgan.NonSaturatingGAN(generator, discriminator, seed=seed)
    gan.compile()
    gan.fit(points, epochs=1, verbose=0, validation_data=points)
    gan.generate(4, seed=1)
"""
RETRACED = "5 out of the last 5 calls to {} triggered tf.function retracing."


@pytest.mark.slow
@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow",
    reason="the warning is TensorFlow's",
)
def test_no_warning_of_retracing():
    # In a separate process: TensorFlow warns twice in one, and then no more.
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment.pop("TF_CPP_MIN_LOG_LEVEL", None)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


@pytest.mark.once
@pytest.mark.parametrize(
    ("message", "passes"),
    [
        (RETRACED.format("<function users_own at 0x1>"), True),
        ("a loss is NaN in TensorFlowTrainer.fit", True),
        (
            RETRACED.format(
                "<function TensorFlowTrainer.make_predict_function.<locals>"
                ".one_step_on_data_distributed at 0x1>"
            ),
            False,
        ),
    ],
)
def test_other_warnings_come_through(message, passes):
    record = logging.LogRecord(
        "tensorflow", logging.WARNING, "x.py", 1, message, (), None
    )
    assert bool(logging.getLogger("tensorflow").filter(record)) == passes
