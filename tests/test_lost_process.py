"""A job that loses a process ends with a word, and goes on when restarted."""

import signal
import time

import jobs
import keras
import pytest

import kgan

pytestmark = pytest.mark.slow

RECIPE = jobs.TESTS.parent / "recipes" / "many_devices.py"
# The least that trains, so that an epoch takes no time.
SHORT = (
    *("--steps-per-epoch", "2", "--batch-size", "8", "--n-critic", "1"),
    *("--seed", "3"),
)


def wait_for(condition, processes, seconds=240):
    deadline = time.monotonic() + seconds
    while not condition():
        for process in processes:
            assert process.poll() is None, process.outputs()[1][-3000:]
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.1)


@pytest.mark.parametrize("lost", [0, 1], ids=["chief", "other"])
def test_the_others_end_and_a_restart_goes_on(tmp_path, lost):
    run = tmp_path / "run.keras"
    pictures = tmp_path / "samples"
    endless = [RECIPE, *SHORT, "--out", tmp_path, "--epochs", "100000"]
    processes = jobs.start(endless, processes=2)
    try:
        wait_for(lambda: (pictures / "epoch_0003.png").exists(), processes)
        processes[lost].send_signal(signal.SIGKILL)
        began = time.monotonic()
        while processes[1 - lost].poll() is None:
            waited = time.monotonic() - began
            assert waited < 90, processes[1 - lost].outputs()
            time.sleep(0.1)
        print(f"ended after {time.monotonic() - began:.1f} s")
        _, said = processes[1 - lost].outputs()
        assert processes[1 - lost].returncode != 0
        assert "Another process of this job has ended" in said, said[-3000:]
    finally:
        jobs.kill(processes)
    done = keras.saving.load_model(run).epochs_done
    assert done >= 2
    more = [RECIPE, *SHORT, "--out", tmp_path, "--epochs", str(done + 2)]
    first, second = jobs.finish(jobs.start([*more, "--resume"], processes=2))
    assert "--num 64" in first
    assert "Trained on" not in second
    loaded = keras.saving.load_model(run)
    assert isinstance(loaded, kgan.WGAN)
    assert loaded.epochs_done == done + 2
    assert int(loaded.optimizer.iterations.numpy()) == 2 * (done + 2)
    names = {path.name for path in tmp_path.iterdir()}
    assert not [name for name in names if name.endswith(".tmp")], names
    assert (pictures / f"epoch_{done + 2:04d}.png").exists()
