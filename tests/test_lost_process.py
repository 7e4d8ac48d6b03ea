"""A job that loses a process ends with a word, and goes on when restarted."""

import signal
import time

import jobs
import keras
import pytest

import kgan

pytestmark = [pytest.mark.slow, pytest.mark.once]

RECIPE = jobs.TESTS.parent / "recipes" / "many_devices.py"
# The least that trains, so that an epoch takes no time.
SHORT = (
    *("--steps-per-epoch", "2", "--batch-size", "8", "--n-critic", "1"),
    *("--seed", "3"),
)
# The recipe's scope, callbacks and options, with a game of points.
SMALL = """
import argparse, pathlib
import games, keras, kgan
parser = argparse.ArgumentParser()
for name in ("epochs", "steps-per-epoch", "batch-size", "n-critic", "seed"):
    parser.add_argument(f"--{name}", type=int)
parser.add_argument("--out", type=pathlib.Path)
parser.add_argument("--resume", action="store_true")
args = parser.parse_args()
keras.utils.set_random_seed(args.seed)
with kgan.distribution.scope():
    gan = games.game("WGAN", n_critic=args.n_critic, seed=args.seed)
    gan.fit(
        games.points(64),
        batch_size=args.batch_size,
        epochs=args.epochs,
        steps_per_epoch=args.steps_per_epoch,
        callbacks=[
            kgan.callbacks.WeightClip(0.02),
            kgan.callbacks.SampleGrid(args.out / "samples", num=4),
            kgan.callbacks.Checkpoint(args.out, resume=args.resume),
        ],
    )
if kgan.distribution.process_index() == 0:
    print("Trained on all of it; draw with --num 64")
"""


def wait_for(condition, processes, seconds=240):
    deadline = time.monotonic() + seconds
    while not condition():
        for process in processes:
            assert process.poll() is None, process.outputs()[1][-3000:]
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("lost", "program"),
    [
        pytest.param(1, ("-c", SMALL), id="other"),
        pytest.param(0, ("-c", SMALL), id="chief", marks=pytest.mark.soak),
        pytest.param(1, (RECIPE,), id="other-recipe", marks=pytest.mark.soak),
        pytest.param(0, (RECIPE,), id="chief-recipe", marks=pytest.mark.soak),
    ],
)
def test_the_others_end_and_a_restart_goes_on(tmp_path, lost, program):
    run = tmp_path / "run.keras"
    pictures = tmp_path / "samples"
    endless = [*program, *SHORT, "--out", tmp_path, "--epochs", "100000"]
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
    more = [*program, *SHORT, "--out", tmp_path, "--epochs", str(done + 2)]
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
