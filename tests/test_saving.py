"""A run resumed from a file is the run that was never interrupted."""

import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import zipfile

import games
import keras
import numpy as np
import pytest

import kgan

pytestmark = pytest.mark.filterwarnings("ignore:WGAN trains without")
TESTS = pathlib.Path(__file__).parent

RESUME = """
import json, sys
import keras, numpy as np
import games, kgan, test_saving
for path, kind, form in json.loads(sys.argv[1]):
    gan = keras.saving.load_model(path)
    if form == "initial_epoch":
        epochs = {"initial_epoch": 1, "epochs": 2}
    else:
        epochs = {"epochs": 1}
    test_saving.fit(gan, kind, **epochs)
    np.savez(path + ".npz", *test_saving.state(gan))
"""

PLAIN = """
import pathlib, sys
import keras, numpy as np
folder, out = map(pathlib.Path, sys.argv[1:])
latents, labels = np.load(folder / "latents.npy"), np.arange(6) % 4
for path in folder.glob("*.keras"):
    generator = keras.saving.load_model(path)
    inputs = latents if len(generator.inputs) == 1 else [latents, labels]
    np.save(out / path.stem, generator.predict(inputs, verbose=0))
if any(name.split(".")[0] == "kgan" for name in sys.modules):
    raise SystemExit("kgan was imported")
"""


def python(code, *arguments, backend=games.BACKEND, cwd=None, path=()):
    environment = {
        **os.environ,
        "KERAS_BACKEND": backend,
        "PYTHONPATH": os.pathsep.join(map(str, path)),
    }
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        pytest.fail(done.stderr[-3000:])


def make(objective):
    options = {"class_prior": 0.3} if objective == "GAN" else {}
    gan = getattr(kgan, objective)(
        games.noisy_generator(),
        games.noisy_critic(),
        n_critic=2,
        seed=11,
        **options,
    )
    # Larger rates, so that a lost moment or seed shows.
    optimizer = (
        keras.optimizers.RMSprop
        if objective == "WGAN"
        else keras.optimizers.Adam
    )
    gan.compile(optimizer(0.01), optimizer(0.02))
    return gan


def fit(gan, kind, **epochs):
    samples = games.points(70, seed=3)
    if kind == "shuffled array":
        data = {"x": samples, "batch_size": 8}
    else:
        data = games.as_data(kind, samples)
    wgan = isinstance(gan, kgan.WGAN)
    clip = [kgan.callbacks.WeightClip(0.3)] if wgan else None
    gan.fit(**data, callbacks=clip, verbose=0, **epochs)


def state(gan):
    """Every weight, seed and optimizer variable."""
    return games.numpy_of([*gan.variables, *gan.optimizer.variables])


@pytest.mark.once
@pytest.mark.slow
def test_resumed_in_a_new_process(tmp_path):
    cases = [
        ("GAN", "shuffled array", "initial_epoch"),
        ("WGAN", "shuffled array", "epochs"),
        ("WGAN", "array", "initial_epoch"),
        ("GAN", "tf.data", "epochs"),
    ]
    jobs, wanted = [], []
    for number, (objective, kind, form) in enumerate(cases):
        keras.utils.set_random_seed(number)
        straight = make(objective)
        start = straight.get_weights()
        fit(straight, kind, epochs=2)
        # Dropout in the networks draws by its own seeds.
        keras.utils.set_random_seed(number)
        halted = make(objective)
        assert games.distance(start, halted.get_weights()) == 0
        fit(halted, kind, epochs=1)
        path = str(tmp_path / f"{number}.keras")
        halted.save(path)
        assert games.distance(state(straight), state(halted)) > 1e-3
        jobs.append((path, kind, form))
        wanted.append(state(straight))
    python(RESUME, json.dumps(jobs), path=[TESTS, TESTS.parent])
    for case, (path, *_), want in zip(cases, jobs, wanted, strict=True):
        with np.load(path + ".npz") as file:
            got = list(file.values())
        assert games.distance(want, got) <= 1e-6, case


def reloaded(gan, tmp_path):
    path = tmp_path / "run.keras"
    gan.save(path)
    return keras.saving.load_model(path)


@pytest.mark.once("torch")
def test_uncompiled(tmp_path):
    gan = kgan.WGAN(games.noisy_generator(), games.noisy_critic(), n_critic=3)
    loaded = reloaded(gan, tmp_path)
    assert type(loaded) is kgan.WGAN and not loaded.compiled
    assert loaded.n_critic == 3 and loaded.seed == gan.seed
    assert games.distance(gan.get_weights(), loaded.get_weights()) == 0
    np.testing.assert_allclose(
        gan.generate(3, seed=1), loaded.generate(3, seed=1), atol=1e-6
    )
    loaded.compile()
    loaded.fit(games.points(24), batch_size=8, verbose=0)


def test_critic_is_the_discriminator(tmp_path):
    gan = kgan.WGAN(games.generator(), games.critic())
    loaded = reloaded(gan, tmp_path)
    assert loaded.critic is loaded.discriminator
    assert games.distance(gan.get_weights(), loaded.get_weights()) == 0


@pytest.mark.parametrize("objective", ["GAN", "NonSaturatingGAN"])
def test_class_prior_survives(objective, tmp_path):
    gan = getattr(kgan, objective)(
        games.generator(), games.critic(), class_prior=0.3, name="mine"
    )
    loaded = reloaded(gan, tmp_path)
    assert type(loaded) is type(gan) and loaded.name == "mine"
    assert loaded.class_prior == 0.3
    assert loaded.loss_arguments == {"class_prior": 0.3}


@keras.saving.register_keras_serializable("kgan_tests")
class Gap(keras.metrics.Mean):
    def update_state(self, real, fake, sample_weight=None):
        super().update_state(keras.ops.mean(real) - keras.ops.mean(fake))


def test_compilation_survives(tmp_path):
    options = {"run_eagerly": True}
    if games.BACKEND != "torch":
        options = {"steps_per_execution": 3, "jit_compile": False}
    gan = kgan.GAN(games.generator(), games.critic(), seed=1)
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)
    gan.compile(
        keras.optimizers.SGD(0.125, momentum=0.5),
        keras.optimizers.AdamW(schedule, weight_decay=0.25),
        metrics=[Gap(name="gap"), "mse"],
        **options,
    )
    data = games.points(32)
    gan.fit(data, batch_size=8, verbose=0)
    loaded = reloaded(gan, tmp_path)
    for name, value in options.items():
        assert getattr(loaded, name) == value
    sgd, adamw = loaded.generator_optimizer, loaded.discriminator_optimizer
    assert isinstance(sgd, keras.optimizers.SGD)
    assert float(sgd.learning_rate) == pytest.approx(0.125)
    assert sgd.momentum == 0.5
    assert isinstance(adamw, keras.optimizers.AdamW)
    assert adamw.weight_decay == 0.25
    rate = adamw.get_config()["learning_rate"]
    assert rate["class_name"] == "ExponentialDecay"
    assert float(adamw.learning_rate) < 0.1
    before = gan.evaluate(data, verbose=0, return_dict=True)
    after = loaded.evaluate(data, verbose=0, return_dict=True)
    assert {"gap", "mean_squared_error"} < set(before)
    assert before == pytest.approx(after, abs=1e-5)
    assert games.distance(state(gan), state(loaded)) == 0


def test_learning_rate_that_was_assigned_survives(tmp_path):
    gan = games.game()
    gan.generator_optimizer.learning_rate = 0.375
    gan.fit(games.points(16), batch_size=8, verbose=0)
    loaded = reloaded(gan, tmp_path)
    rate = loaded.generator_optimizer.learning_rate
    assert float(rate) == pytest.approx(0.375)


@pytest.mark.once("torch")
def test_weights_alone(tmp_path):
    gan = make("GAN")
    fit(gan, "shuffled array", epochs=1)
    gan.save_weights(tmp_path / "x.weights.h5")
    other = make("GAN")
    other.load_weights(tmp_path / "x.weights.h5")
    assert games.distance(gan.get_weights(), other.get_weights()) == 0


@pytest.fixture(scope="module")
def dcgan(tmp_path_factory):
    folder = tmp_path_factory.mktemp("generator")
    keras.utils.set_random_seed(0)
    gan = kgan.GAN(
        kgan.architectures.dcgan_generator((8, 8, 1), 4, filters=4),
        kgan.architectures.dcgan_discriminator((8, 8, 1), filters=4),
        seed=1,
    )
    gan.compile()
    rng = np.random.default_rng(0)
    images = np.tanh(rng.standard_normal((32, 8, 8, 1))).astype("float32")
    gan.fit(images, batch_size=8, epochs=2, verbose=0)
    latents = rng.standard_normal((6, 4)).astype("float32")
    np.save(folder / "latents.npy", latents)
    moving = [w for w in gan.generator.weights if "moving_mean" in w.path]
    assert any(np.abs(w).max() > 1e-4 for w in games.numpy_of(moving))
    both = [latents, np.arange(6) % 4]
    kinds, four = kgan.architectures, {"num_classes": 4}
    inputs = {
        "generator": (gan.generator, latents),
        "mlp": (kinds.mlp_generator(2, 4, (5,), **four), both),
        "dcgan": (kinds.dcgan_generator((8, 8, 1), 4, 4, **four), both),
    }
    samples = {}
    for name, (network, given) in inputs.items():
        network.save(folder / f"{name}.keras")
        samples[name] = network.predict(given, verbose=0)
    return folder, samples


@pytest.mark.once("tensorflow")
@pytest.mark.slow
@pytest.mark.parametrize("backend", ["tensorflow", "jax", "torch"])
def test_generator_needs_keras_alone_on_every_backend(dcgan, backend, tmp_path):
    """With labels and without. Slow tier: 8 s a backend, to import it."""
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    folder, samples = dcgan
    python(PLAIN, folder, tmp_path, backend=backend, cwd=tmp_path)
    assert np.ptp(samples["generator"]) > 0.01
    for name, want in samples.items():
        found = np.load(tmp_path / f"{name}.npy")
        if name == "generator":
            np.testing.assert_allclose(found, want, atol=1e-4)
        else:
            assert np.abs(found - want).max() < 1e-5, name


def test_file_of_the_generator_names_keras_alone(dcgan):
    with zipfile.ZipFile(dcgan[0] / "generator.keras") as file:
        assert b"kgan" not in file.read("config.json")
