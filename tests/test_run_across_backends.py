"""A run that one backend saved goes on on any other."""

import importlib.util
import io
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
from kgan.runs.portable import portable

BACKENDS = [
    backend
    for backend in ("tensorflow", "jax", "torch")
    if importlib.util.find_spec(backend)
]
TESTS = pathlib.Path(__file__).parent
optimizers = keras.optimizers
# What Keras has a separate class for on PyTorch.
ON_TORCH = "SGD Adam AdamW RMSprop Nadam Lion Adagrad Adadelta Adamax".split()


@keras.saving.register_keras_serializable("kgan_tests_across")
class Mine(optimizers.Adam):
    """An optimizer of a user's."""


def make(first, second):
    keras.utils.set_random_seed(5)
    gan = kgan.GAN(
        games.noisy_generator(),
        games.noisy_critic(),
        n_critic=2,
        seed=2**31 - 3,  # Whose successor is the largest signed one.
    )
    gan.compile(first, second)
    return gan


def pair(name="Adam"):
    if name == "Mine":
        return make(Mine(0.01), Mine(0.02))
    if name == "others":
        rate = optimizers.schedules.ExponentialDecay(0.01, 10, 0.9)
        return make(optimizers.Nadam(rate), optimizers.Lion(0.001))
    kind = getattr(optimizers, name)
    return make(kind(0.01), kind(0.02))


def fit(gan, *callbacks, epochs=1):
    return gan.fit(
        games.points(32, seed=3),
        batch_size=8,
        epochs=epochs,
        callbacks=[*callbacks],
        verbose=0,
    )


def state(gan):
    """Every weight, seed and optimizer variable, the seeds as 32 bits."""
    values = games.numpy_of([*gan.variables, *gan.optimizer.variables])
    return [
        value if value.dtype.kind == "f" else value.astype("uint32")
        for value in values
    ]


def configuration(path):
    with zipfile.ZipFile(path) as file:
        return json.loads(file.read("config.json"))


def rewrite(path, change):
    """Changes the configuration of a `.keras` file."""
    content = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(content, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "config.json":
                config = json.loads(data)
                change(config)
                data = json.dumps(config).encode()
            new.writestr(name, data)
    path.write_bytes(content.getvalue())


def as_torch_wrote(config):
    """Names optimizers as Keras 3.15 does on PyTorch."""
    for key in ("generator_optimizer", "discriminator_optimizer"):
        optimizer = config["compile_config"][key]
        name = optimizer["class_name"]
        if name in ON_TORCH:
            optimizer["module"] = (
                f"keras.src.backend.torch.optimizers.torch_{name.lower()}"
            )
            optimizer["registered_name"] = name


@pytest.mark.parametrize("name", [*ON_TORCH, "Ftrl", "Mine"])
def test_file_names_no_backend(name, tmp_path):
    gan = pair(name)
    gan.save(tmp_path / "run.keras")
    config = configuration(tmp_path / "run.keras")
    assert "keras.src.backend" not in json.dumps(config)
    for key in ("generator_optimizer", "discriminator_optimizer"):
        saved = config["compile_config"][key]
        assert saved["class_name"] == name
        own = saved["registered_name"] == "kgan_tests_across>Mine"
        assert own == (name == "Mine")
        assert own or saved["module"] == "keras.optimizers"
    loaded = keras.saving.load_model(tmp_path / "run.keras")
    assert type(loaded.generator_optimizer) is type(gan.generator_optimizer)


@pytest.mark.once
@pytest.mark.parametrize("name", ON_TORCH)
def test_names_of_every_backend_become_public(name):
    for module in (
        f"keras.src.backend.torch.optimizers.torch_{name.lower()}",
        "keras.src.backend.tensorflow.optimizers",
        "keras.src.backend.jax.optimizers.x",
    ):
        private = {"module": module, "class_name": name, "config": {"x": [1]}}
        nested = {"inner": [private | {"registered_name": name}]}
        (found,) = portable(nested)["inner"]
        assert found["module"] == "keras.optimizers"
        assert found["registered_name"] is None
        assert found["config"] == {"x": [1]}
        optimizer = keras.saving.deserialize_keras_object(
            found | {"config": {"learning_rate": 0.5}}
        )
        assert float(optimizer.learning_rate) == 0.5


@pytest.mark.once
@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("mine.optimizers", "Adam"),
        ("keras.src.backend.torch.optimizers.torch_own", "Own"),
        ("keras.src.backend.torch.layer", "Adam"),
        ("keras.optimizers", "Adam"),
        (None, "Adam"),
    ],
)
def test_other_classes_keep_their_names(module, name):
    config = {"module": module, "class_name": name, "registered_name": "a>b"}
    assert portable(dict(config)) == config


@pytest.mark.once("tensorflow")
@pytest.mark.filterwarnings("ignore:The train step of this model cannot be")
@pytest.mark.parametrize(
    "name", [pytest.param("RMSprop", marks=pytest.mark.soak), "others"]
)
def test_file_that_names_torch_trains_here(name, tmp_path):
    gan = pair(name)
    fit(gan, kgan.callbacks.Checkpoint(tmp_path))
    path = tmp_path / "run.keras"
    rewrite(path, as_torch_wrote)
    loaded = keras.saving.load_model(path)
    assert games.distance(state(gan), state(loaded)) == 0
    assert type(loaded.generator_optimizer) is type(gan.generator_optimizer)
    history = fit(loaded)
    assert np.isfinite(history.history["generator_loss"]).all()
    resumed = pair(name)
    assert fit(
        resumed, kgan.callbacks.Checkpoint(tmp_path), epochs=2
    ).epoch == [1]


def test_network_that_was_compiled_itself_names_no_backend(tmp_path):
    critic = games.critic()
    critic.compile(optimizers.Adam(0.125), "mse")
    gan = kgan.GAN(games.generator(), critic, seed=1)
    gan.compile()
    gan.save(tmp_path / "run.keras")
    text = json.dumps(configuration(tmp_path / "run.keras"))
    assert "0.125" in text and "keras.src.backend" not in text


def test_steps_per_execution_of_another_backend(tmp_path):
    gan = games.game()
    gan.save(tmp_path / "run.keras")

    def change(config):
        config["compile_config"]["steps_per_execution"] = 3

    rewrite(tmp_path / "run.keras", change)
    if games.BACKEND != "torch":
        loaded = keras.saving.load_model(tmp_path / "run.keras")
        assert loaded.steps_per_execution == 3
        return
    with pytest.warns(UserWarning, match="steps_per_execution=3.*PyTorch"):
        loaded = keras.saving.load_model(tmp_path / "run.keras")
    assert loaded.steps_per_execution == 1


MAKE = """
import sys
import numpy as np
import kgan, test_run_across_backends as t
folder, *names = sys.argv[1:]
for name in names:
    gan = t.pair(name)
    t.fit(gan, kgan.callbacks.Checkpoint(f"{folder}/{name}"))
    np.savez(f"{folder}/{name}.npz", *t.state(gan))
"""


def python(code, backend, *arguments):
    environment = {
        **os.environ,
        "KERAS_BACKEND": backend,
        "PYTHONPATH": os.pathsep.join([str(TESTS), str(TESTS.parent)]),
    }
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        env=environment,
        capture_output=True,
        text=True,
    )


PLAIN = "import keras, sys; keras.saving.load_model(sys.argv[1])"


@pytest.mark.once
@pytest.mark.slow
def test_run_needs_kgan_and_the_docs_say_so(tmp_path):
    path = tmp_path / "run.keras"
    games.game().save(path)
    plain = python(PLAIN, games.BACKEND, path)
    assert "Could not locate class 'GAN'" in plain.stderr
    imported = python("import kgan; " + PLAIN, games.BACKEND, path)
    assert imported.returncode == 0, imported.stderr[-3000:]
    docs = (TESTS.parent / "docs" / "resume.md").read_text()
    assert "import kgan  # or `load_model` ends in" in docs
    assert "needs `import kgan`" in kgan.GAN.save.__doc__


NAMES = ("Adam", "RMSprop", "others")


# One pair of each backend in every run of the tests, all nine in the soaks.
OTHER = {"tensorflow": "torch", "jax": "torch", "torch": "jax"}


@pytest.mark.once
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:The train step of this model cannot be")
@pytest.mark.parametrize(
    "backend",
    [
        name
        if name == OTHER[games.BACKEND]
        else pytest.param(name, marks=pytest.mark.soak)
        for name in BACKENDS
    ],
)
def test_run_of_another_backend_goes_on_here(backend, tmp_path):
    """In `make test-all` every pair, over its three runs."""
    made = python(MAKE, backend, tmp_path, *NAMES)
    assert made.returncode == 0, made.stderr[-3000:]
    for name in NAMES:
        folder = tmp_path / name
        with np.load(f"{folder}.npz") as file:
            want = list(file.values())
        loaded = keras.saving.load_model(folder / "run.keras")
        assert games.distance(want, state(loaded)) <= 1e-6
        history = fit(loaded).history
        assert all(np.isfinite(values).all() for values in history.values())
        steps = keras.ops.convert_to_numpy(loaded.optimizer.iterations)
        assert int(steps) == 4
        resumed = pair(name)
        history = fit(resumed, kgan.callbacks.Checkpoint(folder), epochs=3)
        assert history.epoch == [1, 2] and resumed.epochs_done == 3
