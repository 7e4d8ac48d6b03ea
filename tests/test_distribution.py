"""Two replicas train the weights that one device trains."""

import os
import pathlib
import subprocess
import sys

import keras
import pytest

import kgan

TESTS = pathlib.Path(__file__).resolve().parent
BACKEND = keras.backend.backend()


@pytest.mark.parametrize("objective", ["GAN", "NonSaturatingGAN", "WGAN"])
def test_two_replicas_equal_one(objective):
    if BACKEND == "torch":
        pytest.skip("PyTorch: Keras 3.15 has no fit on several devices")
    environment = {
        **os.environ,
        "PYTHONPATH": f"{TESTS.parent}{os.pathsep}{TESTS}",
        "XLA_FLAGS": "--xla_force_host_platform_device_count=2",
    }
    result = subprocess.run(
        [sys.executable, str(TESTS / "distributed.py"), objective],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    replicas, weights, logs = result.stdout.split()[-3:]
    assert int(replicas) == 2
    assert float(weights) < 1e-5
    assert float(logs) < 1e-4


def test_several_processes_of_pytorch_are_refused(monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    if BACKEND != "torch":
        assert kgan.distribution.num_replicas() >= 1
        return
    with pytest.raises(ValueError, match="WORLD_SIZE=2"):
        with kgan.distribution.scope():
            pass
