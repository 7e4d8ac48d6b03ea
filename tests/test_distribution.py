"""Several replicas, in one process or more, train what one device trains."""

import json
import os
import pathlib

import games
import jobs
import keras
import numpy as np
import pytest

import kgan

BACKEND = keras.backend.backend()
SCRIPT = jobs.TESTS / "distributed.py"
REFUSED = "A batch of real samples must divide evenly over the replicas."


def run(form, processes=1, **more):
    started = jobs.start([SCRIPT, form], processes, **more)
    return [json.loads(line) for line in jobs.finish(started)]


@pytest.fixture(scope="module")
def one():
    return run("one")[0]


@pytest.fixture(scope="module")
def devices():
    if BACKEND == "torch":
        pytest.skip("PyTorch has one device for each process")
    flags = "--xla_force_host_platform_device_count=2"
    return run("devices", XLA_FLAGS=flags)


@pytest.fixture(scope="module")
def job():
    return run("job", processes=2)


@pytest.fixture(params=["devices", "job"])
def replicas(request):
    return request.getfixturevalue(request.param)


def test_two_replicas_equal_numpy(replicas):
    for index, process in enumerate(replicas):
        assert (process["replicas"], process["index"]) == (2, index)
        assert len(process["distances"]) == 7
        for case, distance in process["distances"].items():
            assert distance < 1e-5, case


def test_two_replicas_draw_other_latents(replicas):
    # JAX draws for all devices at once, the others for those of a process.
    everywhere = replicas[:1] if BACKEND == "jax" else replicas
    latents = np.concatenate([p["latents"] for p in everywhere])
    assert latents.shape == (8, games.LATENT_DIM)
    gaps = np.abs(latents[:, None] - latents).max(-1) + np.eye(8)
    assert gaps.min() > 1e-3


def test_uneven_batches_are_refused(replicas):
    for process in replicas:
        assert len(process["uneven"]) == 5
        for message in process["uneven"]:
            assert message.startswith(REFUSED), message
            assert "15 samples for 2 replicas" in message


def test_scores_are_those_of_one_device(one, replicas):
    """The last batch of each evaluation does not divide."""
    for process in replicas:
        assert one["scores"].keys() == process["scores"].keys()
        for name, score in one["scores"].items():
            assert process["scores"][name] == pytest.approx(score, rel=1e-5)


def test_processes_may_pass_shares_of_the_data(job):
    if BACKEND == "tensorflow":
        with pytest.raises(ValueError, match="AutoShardPolicy.FILE"):
            with kgan.distribution.scope(sharded_data=True):
                pass
        return
    for process in job:
        assert process["sharded"] < 1e-6


def test_processes_end_alike(job):
    """Batch normalization, dropout, seeds, both optimizers, and the logs."""
    first, second = job
    assert first["logs"] == pytest.approx(second["logs"], rel=1e-6)
    np.testing.assert_allclose(first["state"], second["state"], rtol=1e-6)


def test_noise_and_normalization_are_of_each_replica(one, replicas):
    """On JAX alone they are of the whole batch, as one device has them."""
    same = np.allclose(one["state"], replicas[0]["state"], rtol=1e-4)
    assert same == (BACKEND == "jax")
    assert np.isfinite(replicas[0]["state"]).all()


LONELY = """
import json, sys
import keras, numpy as np
import games, kgan
said = []
def attempt(fit):
    try:
        fit()
        said.append("trained")
    except ValueError as error:
        said.append(str(error))
def fit(num=32, **options):
    gan = games.game("GAN", seed=1 + kgan.distribution.process_index())
    gan.fit(games.points(num), batch_size=8, verbose=0, **options)
    return gan
if sys.argv[1] == "outside":
    attempt(fit)
with kgan.distribution.scope():
    index = kgan.distribution.process_index()
    if keras.backend.backend() == "torch":
        gan = games.game("GAN", jit_compile=True)
        attempt(lambda: gan.fit(games.points(32), batch_size=8))
    attempt(lambda: fit(num=32 + 16 * index))
    # Other weights and another seed, and yet one model.
    keras.utils.set_random_seed(index)
    gan = fit()
    gan.save(sys.argv[2])
    with kgan.distribution.writing(sys.argv[2] + ".generator.keras") as path:
        gan.generator.save(path)
sums = [float(np.abs(w).sum()) for w in games.weights(gan)]
print(json.dumps({"said": said, "seed": gan.seed, "sums": sums}))
"""


def test_processes_that_differ(tmp_path):
    # TensorFlow's workers cannot be joined any more once one has trained.
    outside = "inside" if BACKEND == "tensorflow" else "outside"
    path = tmp_path / "run.keras"
    started = jobs.start(["-c", LONELY, outside, path], processes=2)
    first, second = [json.loads(line) for line in jobs.finish(started)]
    if outside == "outside":
        assert (
            "outside of `with kgan.distribution.scope():`" in first["said"][0]
        )
    if BACKEND == "torch":
        assert "Received: jit_compile=True with 2" in first["said"][1]
    assert first["said"][-1] == second["said"][-1]
    assert "must pass the same data" in first["said"][-1]
    assert "sum of the data" in first["said"][-1]
    assert first["seed"] == second["seed"] == 1
    np.testing.assert_allclose(first["sums"], second["sums"], rtol=1e-6)
    loaded = keras.saving.load_model(path)
    saved = [float(np.abs(w).sum()) for w in games.weights(loaded)]
    np.testing.assert_allclose(saved, first["sums"], rtol=1e-6)
    files = sorted(p.name for p in tmp_path.iterdir())
    assert files == ["run.keras", "run.keras.generator.keras"]


def test_environment_that_names_no_job(monkeypatch):
    name, value, message = {
        "tensorflow": ("TF_CONFIG", '{"cluster": {"worker": ["a:1"]}}', "task"),
        "jax": ("KERAS_DISTRIBUTION_NUM_PROCESSES", "2", "JOB_ADDRESSES"),
        "torch": ("WORLD_SIZE", "2", "torchrun"),
    }[BACKEND]
    monkeypatch.setenv(name, value)
    with pytest.raises(ValueError, match=message):
        with kgan.distribution.scope():
            pass


def test_one_process_writes_where_it_is_told(tmp_path):
    assert kgan.distribution.num_processes() == 1
    assert kgan.distribution.process_index() == 0
    with kgan.distribution.writing(tmp_path / "x.keras") as path:
        assert pathlib.Path(path) == tmp_path / "x.keras"
    assert os.listdir(tmp_path) == []
