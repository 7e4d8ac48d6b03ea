"""Several replicas, in one process or more, train what one device trains."""

import json
import os
import pathlib

import distributed
import games
import jobs
import keras
import numpy as np
import pytest

import kgan

pytestmark = pytest.mark.slow

BACKEND = keras.backend.backend()
SCRIPT = jobs.TESTS / "distributed.py"
REFUSED = "A batch of real samples must divide evenly over the replicas."


def run(form, processes=1, **more):
    if form in ("devices", "own"):
        if BACKEND == "torch":
            pytest.skip("PyTorch has one device for each process")
        more["XLA_FLAGS"] = "--xla_force_host_platform_device_count=2"
    started = jobs.start([SCRIPT, form], processes, **more)
    return [json.loads(line) for line in jobs.finish(started)]


@pytest.fixture(scope="module")
def one():
    """What the one device of this process has."""
    with kgan.distribution.scope():
        _, state = distributed.noisy()
    with kgan.distribution.scope():
        return {"state": state, "scores": distributed.scores()}


@pytest.fixture(scope="module")
def devices():
    return run("devices")


@pytest.fixture(scope="module")
def job():
    return run("job", processes=2)


# Processes are PyTorch's way to replicas; the others have devices, and both
# in `make test-all`.
@pytest.fixture(
    params=[
        "devices",
        pytest.param("job", marks=pytest.mark.once),
    ]
)
def replicas(request):
    return request.getfixturevalue(request.param)


def test_two_replicas_equal_numpy(replicas):
    for index, process in enumerate(replicas):
        assert (process["replicas"], process["index"]) == (2, index)
        assert len(process["distances"]) == 7
        for case, distance in process["distances"].items():
            assert distance < 1e-5, case


def test_scopes_of_the_backends_own_work_too():
    assert run("own")[0] < 1e-5


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


@pytest.mark.once
def test_processes_may_pass_shares_of_the_data(job):
    if BACKEND == "tensorflow":
        with pytest.raises(ValueError, match="AutoShardPolicy.FILE"):
            with kgan.distribution.scope(sharded_data=True):
                pass
        return
    for process in job:
        assert process["sharded"] < 1e-6


@pytest.mark.once
def test_processes_end_alike(job):
    """Batch normalization, dropout, seeds, both optimizers, and the logs."""
    first, second = job
    assert first["logs"] == pytest.approx(second["logs"], rel=1e-6)
    np.testing.assert_allclose(first["state"], second["state"], rtol=1e-6)


def test_noise_and_normalization_are_of_each_replica(one, replicas):
    """On JAX alone they are of the whole batch, as one device has them."""
    same = np.allclose(one["state"], replicas[0]["state"], atol=1e-5)
    assert same == (BACKEND == "jax")
    assert np.isfinite(replicas[0]["state"]).all()


DIFFERING = """
import json, sys
import keras, numpy as np
import games, kgan
backend = keras.backend.backend()
index = kgan.distribution.process_index()
path = sys.argv[1]
said = []
def attempt(what):
    try:
        what()
        said.append("done")
    except ValueError as error:
        said.append(str(error))
def game(**options):
    # JAX wants equal values where variables are made: none is seeded here.
    return games.game(
        "GAN", seed=None if backend == "jax" else 1 + index, **options
    )
def fit(gan, num=32, **options):
    gan.fit(games.points(num), batch_size=8, verbose=0, **options)
if backend == "torch":
    attempt(lambda: fit(game()))
with kgan.distribution.scope():
    if backend == "torch":
        attempt(lambda: fit(game(jit_compile=True)))
    if backend == "tensorflow":
        attempt(lambda: game().train_on_batch(games.points(16)))
        attempt(lambda: game().test_on_batch(games.points(16)))
    attempt(lambda: fit(game(), num=32 + 16 * index))
    attempt(
        lambda: game().fit(
            games.points(32)[:: 1 - 2 * index], batch_size=8, verbose=0
        )
    )
    attempt(
        lambda: fit(game(), validation_data=games.points(8, seed=index))
    )
    folder = kgan.callbacks.Checkpoint(f"{path}.{index}")
    if index == 0:
        (folder.directory).mkdir()
        (folder.directory / "run.keras").touch()
    attempt(lambda: fit(game(), callbacks=[folder]))
    if backend != "jax":
        keras.utils.set_random_seed(index)
    gan = game()
    if index == 0:
        np.savez(path + ".npz", *gan.get_weights())
    fit(gan)
    gan.save(path)
    with kgan.distribution.writing(path + ".generator.keras") as file:
        gan.generator.save(file)
    if backend != "tensorflow":
        said.append(gan.predict(games.points(3, 3), verbose=0).tolist())
        logs = gan.test_on_batch(games.points(5), return_dict=True)
        said.append(logs)
        gan.train_on_batch(games.points(2 * 8))
print(json.dumps({"said": said, "seed": gan.seed}))
"""


@pytest.mark.once
def test_processes_that_differ(tmp_path):
    path = tmp_path / "run.keras"
    started = jobs.start(["-c", DIFFERING, path], processes=2)
    first, second = [json.loads(line) for line in jobs.finish(started)]
    said = list(first["said"])
    if BACKEND == "torch":
        assert "process 1 of 2, outside of" in second["said"].pop(0)
        assert "process 0 of 2, outside of" in said.pop(0)
        assert "Received: jit_compile=True with 2" in said.pop(0)
        assert "Received: jit_compile=True" in second["said"].pop(0)
    assert said == second["said"]
    if BACKEND == "tensorflow":
        assert "Use `fit`" in said.pop(0)
        assert "Use `evaluate`" in said.pop(0)
    for fact in (
        "checksum of the data",
        "checksum of the data",
        "checksum of validation_data",
        "run to go on with",
    ):
        message = said.pop(0)
        assert f"must have the same {fact}. Received: [" in message
    # One process from the same weights, shuffled by the same seed.
    assert first["seed"] == second["seed"]
    gan = games.game("GAN", seed=first["seed"])
    with np.load(f"{path}.npz") as start:
        gan.set_weights(list(start.values()))
    gan.fit(games.points(32), batch_size=8, verbose=0)
    loaded = keras.saving.load_model(path)
    assert games.distance(games.weights(gan), games.weights(loaded)) < 1e-5
    generator = keras.saving.load_model(f"{path}.generator.keras")
    got = [generator.get_weights(), loaded.generator.get_weights()]
    assert games.distance(*got) == 0
    if BACKEND != "tensorflow":
        samples, logs = said
        want = loaded.predict(games.points(3, 3), verbose=0)
        np.testing.assert_allclose(samples, want, atol=1e-5)
        expected = loaded.test_on_batch(games.points(5), return_dict=True)
        assert logs == pytest.approx(expected, abs=1e-5)


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
