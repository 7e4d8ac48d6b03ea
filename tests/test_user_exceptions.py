"""What the user's own code raises comes out of `fit` as it was raised."""

import os
import signal
import threading
import time
import traceback

import games
import keras
import numpy as np
import pytest

BATCHES = games.cut(games.points(8 * 6))
KINDS = (
    "generator",
    "pydataset",
    "pydataset of threads",
    "loader",
    "tf.data of a generator",
    "tf.data of a function",
)


class Trouble(Exception):
    def __init__(self, first, second):
        super().__init__(first, second)


ERRORS = {
    "own": lambda: Trouble("two\nlines", 3),
    "interrupt": lambda: KeyboardInterrupt(),
    "exit": lambda: SystemExit(3),
    "unbound": lambda: UnboundLocalError("of the user"),
    "value": lambda: ValueError("Received: rain"),
}


@pytest.fixture(autouse=True)
def ctrl_c_interrupts():
    """A shell starts what it puts in the background deaf to Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def the_users_line(index, error, at):
    """A batch, or the error in place of batch `at`."""
    if index == at:
        raise error
    return BATCHES[index % len(BATCHES)]


class Failing(keras.utils.PyDataset):
    def __init__(self, error, at, **options):
        super().__init__(**options)
        self.error, self.at = error, at

    def __len__(self):
        return len(BATCHES)

    def __getitem__(self, index):
        return the_users_line(index, self.error, self.at)


def failing(kind, error, at):
    """Six batches, of which that with index `at` cannot be read."""

    def generate():
        for i in range(len(BATCHES)):
            yield the_users_line(i, error, at)

    if kind == "generator":
        return generate()
    if kind == "pydataset":
        return Failing(error, at)
    if kind == "pydataset of threads":
        return Failing(error, at, workers=2)
    if kind == "loader":
        torch = pytest.importorskip("torch")

        class Rows(torch.utils.data.Dataset):
            def __len__(self):
                return 8 * len(BATCHES)

            def __getitem__(self, index):
                return the_users_line(index // 8, error, at)[index % 8]

        return torch.utils.data.DataLoader(Rows(), 8)
    import tensorflow as tf

    spec = tf.TensorSpec((8, 2), "float32")
    if kind == "tf.data of a generator":
        return tf.data.Dataset.from_generator(generate, output_signature=spec)

    def row(index):
        return the_users_line(int(index), error, at)

    def map_row(index):
        samples = tf.py_function(row, [index], "float32")
        return tf.ensure_shape(samples, (8, 2))

    return tf.data.Dataset.range(len(BATCHES)).map(map_row)


def came_out(error, call):
    with pytest.raises(BaseException) as caught:  # noqa: B017
        call()
    assert caught.value is error
    lines = traceback.extract_tb(caught.value.__traceback__)
    assert "the_users_line" in [line.name for line in lines]


def usable(gan):
    assert all(np.isfinite(w).all() for w in games.weights(gan))
    assert np.isfinite(gan.generate(3, seed=1)).all()
    gan.fit(games.points(16), batch_size=8, verbose=0)
    assert all(np.isfinite(w).all() for w in games.weights(gan))


@pytest.mark.parametrize(
    "kind, name",
    [
        *[(kind, "own") for kind in KINDS],
        *[("generator", name) for name in ERRORS if name != "own"],
        ("pydataset", "interrupt"),
        ("tf.data of a generator", "interrupt"),
    ],
)
def test_of_training_data(kind, name):
    gan, error = games.game(), ERRORS[name]()
    before = games.weights(gan)
    data = failing(kind, error, 4)  # The first four are two steps.
    came_out(error, lambda: gan.fit(data, shuffle=False, verbose=0))
    assert int(keras.ops.convert_to_numpy(gan.optimizer.iterations)) == 2
    assert games.distance(before, games.weights(gan)) > 0
    usable(gan)


@pytest.mark.once("torch")
@pytest.mark.parametrize("kind", KINDS)
def test_of_the_first_batch(kind):
    gan, error = games.game(), ERRORS["own"]()
    before = games.weights(gan)
    came_out(error, lambda: gan.fit(failing(kind, error, 0), verbose=0))
    assert games.distance(before, games.weights(gan)) == 0
    usable(gan)


@pytest.mark.once("torch")
@pytest.mark.parametrize("kind", KINDS)
def test_of_evaluation_data(kind):
    gan, error = games.game(), ERRORS["own"]()
    before = games.weights(gan)
    came_out(error, lambda: gan.evaluate(failing(kind, error, 4), verbose=0))
    assert games.distance(before, games.weights(gan)) == 0
    usable(gan)


@pytest.mark.parametrize("kind", ["generator", "tf.data of a generator"])
def test_of_validation_data(kind):
    gan, error = games.game(), ERRORS["own"]()

    def fit():
        validation = failing(kind, error, 4)
        gan.fit(
            games.points(16),
            batch_size=8,
            validation_data=validation,
            verbose=0,
        )

    came_out(error, fit)
    usable(gan)


def test_of_the_first_batch_of_an_epoch_behind_a_validation():
    gan, error = games.game(n_critic=1), ERRORS["own"]()

    def batches():
        for i in range(5):
            yield the_users_line(i, error, 4)

    came_out(
        error,
        lambda: gan.fit(
            batches(),
            epochs=2,
            steps_per_epoch=4,
            validation_data=games.points(8),
            verbose=0,
        ),
    )
    assert int(keras.ops.convert_to_numpy(gan.optimizer.iterations)) == 4
    usable(gan)


def test_of_latents():
    gan, error = games.game(), ERRORS["own"]()

    def latents():
        yield (games.points(4, games.LATENT_DIM),)
        yield (games.points(4, games.LATENT_DIM),)
        the_users_line(0, error, 0)

    came_out(error, lambda: gan.predict(latents(), verbose=0))
    usable(gan)


@pytest.mark.skipif(games.BACKEND == "torch", reason="one step a call there")
def test_between_steps_of_one_call():
    gan, error = games.game(n_critic=1, steps_per_execution=2), ERRORS["own"]()
    came_out(error, lambda: gan.fit(failing("generator", error, 3), verbose=0))
    usable(gan)


def test_the_cause_is_kept():
    def batches():
        yield from BATCHES
        try:
            1 / 0  # noqa: B018
        except ZeroDivisionError as error:
            raise Trouble("a", "b") from error

    with pytest.raises(Trouble) as caught:
        games.game().fit(batches(), verbose=0)
    if games.BACKEND == "tensorflow":  # Elsewhere Keras drops it.
        assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_errors_that_a_pipeline_ignores():
    """They are not taken for the one that ends the training."""
    import tensorflow as tf

    def row(index):
        if index == 1:
            raise Trouble("ignored", "by the pipeline")
        return np.full((8, 2), np.nan if index == 5 else 0.5, "float32")

    def map_row(index):
        samples = tf.py_function(row, [index], "float32")
        return tf.ensure_shape(samples, (8, 2))

    data = tf.data.Dataset.range(6).map(map_row).ignore_errors()
    with pytest.raises(ValueError, match="finite"):
        games.game(n_critic=1).fit(data, verbose=0)


@pytest.mark.slow
# Raised in a destructor, where Python drops it and the next one is sent.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("seed", range(2))
def test_ctrl_c_at_any_moment(seed):
    gan = games.game(n_critic=1)
    begun = threading.Event()
    done = threading.Event()

    class Begins(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            begun.set()

    def interrupt():
        begun.wait(60)
        time.sleep(float(np.random.default_rng(seed).uniform(0, 0.2)))
        while not done.is_set():
            os.kill(os.getpid(), signal.SIGINT)
            done.wait(5)  # Python drops what is raised in a destructor.

    thread = threading.Thread(target=interrupt)
    thread.start()
    handler = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        gan.fit(
            games.points(64),
            batch_size=8,
            epochs=100_000,
            callbacks=[Begins()],
            verbose=0,
        )
    done.set()
    thread.join()
    assert signal.getsignal(signal.SIGINT) is handler
    usable(gan)


@pytest.mark.skipif(games.BACKEND != "jax", reason="of JAX's states")
@pytest.mark.parametrize("method", ["fit", "train_on_batch", "evaluate"])
def test_ctrl_c_within_a_compiled_step(method, monkeypatch):
    """The moment in which the arrays of the state before are gone."""
    from kgan.backend import jax_interrupts

    def whole_steps(model, function, groups):
        def interrupted(state, iterator):
            found = function(state, iterator)
            os.kill(os.getpid(), signal.SIGINT)
            return found

        return real(model, interrupted, groups)

    real = jax_interrupts.whole_steps
    monkeypatch.setattr("kgan.backend.jax.whole_steps", whole_steps)
    gan = games.game(n_critic=1)
    before = games.weights(gan)
    with pytest.raises(KeyboardInterrupt):
        getattr(gan, method)(games.points(64))
    trained = games.distance(before, games.weights(gan)) > 0
    assert trained == (method != "evaluate")
    monkeypatch.undo()
    gan.make_train_function(force=True)
    gan.make_test_function(force=True)
    usable(gan)
