"""On PyTorch a step is traced once; it trains what Keras's own step would."""

import re
import shutil

import games
import keras
import numpy as np
import pytest

import kgan

if keras.backend.backend() != "torch":
    pytest.skip("Graphs are traced on PyTorch only", allow_module_level=True)

from kgan.speed import torch_graph

optimizers = keras.optimizers


def dense():
    return games.generator(), games.critic()


def noisy():
    return games.noisy_generator(), games.noisy_critic()


def convolutional():
    return (
        kgan.architectures.dcgan_generator((8, 8, 1), 3, 4),
        kgan.architectures.dcgan_discriminator((8, 8, 1), 4),
    )


def frozen():
    generator, critic = dense()
    critic.layers[1].trainable = False
    return generator, critic


def drawing():
    """Noise of Keras comes from a generator that no graph holds."""
    generator, critic = dense()
    samples = keras.Input((2,))
    noise = keras.layers.GaussianNoise(0.1, seed=1)(samples)
    return generator, keras.Model(samples, critic(noise))


def train(networks, make=None, epochs=2, callbacks=(), clip=True, **options):
    """Weights, logs and the graphs of a model of a few steps."""
    keras.utils.set_random_seed(0)
    generator, critic = networks()
    gan = kgan.WGAN(generator, critic, n_critic=2, seed=3)
    gan.compile(make and make(), make and make(), **options)
    shape = generator.output_shape[1:]
    samples = np.random.default_rng(0).uniform(-1, 1, (96, *shape))
    history = gan.fit(
        samples.astype("float32"),
        batch_size=8,
        epochs=epochs,
        callbacks=[*([kgan.callbacks.WeightClip(0.1)] * clip), *callbacks],
        verbose=0,
    ).history
    state = games.numpy_of([*gan.variables, *gan.optimizer.variables])
    return state, history, [*gan.fast_paths.graphs._graphs.values()]


def check_same(networks, make=None, is_traced=True, **options):
    state, logs, graphs = train(networks, make, **options)
    expected, expected_logs, none = train(
        networks, make, run_eagerly=True, **options
    )
    assert len(graphs) == 1 and (graphs[0] is not None) == is_traced
    assert none == []
    assert games.distance(state, expected) < 1e-6
    assert logs.keys() == expected_logs.keys()
    for name, values in expected_logs.items():
        np.testing.assert_allclose(logs[name], values, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("networks", [dense, convolutional, frozen, noisy])
def test_a_graph_trains_what_the_step_does(networks):
    check_same(networks)


@pytest.mark.parametrize(
    "make",
    [
        lambda: optimizers.Adam(1e-2, beta_1=0.5, amsgrad=True),
        lambda: optimizers.RMSprop(1e-2, momentum=0.5, centered=True),
        lambda: optimizers.SGD(1e-2, momentum=0.9, nesterov=True),
        lambda: optimizers.AdamW(1e-2, weight_decay=0.1, clipnorm=0.01),
        lambda: optimizers.Adam(
            optimizers.schedules.ExponentialDecay(1e-2, 2, 0.5)
        ),
        lambda: optimizers.Lion(1e-3, global_clipnorm=0.1),
    ],
    ids=["Adam", "RMSprop", "SGD", "AdamW", "schedule", "Lion"],
)
def test_optimizers(make):
    check_same(dense, make)


@pytest.mark.filterwarnings("ignore:WGAN trains without")
def test_optimizers_that_keep_means():
    # A mean of a critic that is clipped is refused.
    check_same(dense, lambda: optimizers.SGD(0.1, use_ema=True), clip=False)


class ByFilter(optimizers.SGD):
    """Changes weights a slice at a time, as no optimizer of Keras does."""

    def _backend_update_step(self, gradients, variables, learning_rate):
        for gradient, variable in zip(gradients, variables, strict=True):
            for i in range(variable.shape[-1]):
                variable.value[..., i] -= 0.5 * gradient[..., i]


@pytest.mark.parametrize("sgd", [optimizers.SGD, ByFilter])
def test_a_kernel_that_changes_in_place_is_read_again(sgd):
    """Without a clip, which makes its own tensor, updates do so."""
    images = np.random.default_rng(0).uniform(-1, 1, (64, 8, 8, 1))

    def weights(run_eagerly):
        keras.utils.set_random_seed(0)
        gan = kgan.GAN(*convolutional(), n_critic=3, seed=3)
        gan.compile(sgd(0.5), sgd(0.5), run_eagerly=run_eagerly)
        gan.fit(images.astype("float32"), batch_size=8, verbose=0)
        if not run_eagerly:
            assert all(gan.fast_paths.graphs._graphs.values())
        return games.weights(gan)

    assert games.distance(weights(False), weights(True)) < 1e-5


def test_a_step_that_cannot_be_traced_runs_as_it_is():
    with pytest.warns(UserWarning, match="GaussianNoise 'gaussian_noise'"):
        check_same(drawing, is_traced=False)


class ByValue(keras.layers.Layer):
    """Asks for a number, which only data has."""

    def call(self, inputs):
        mean = keras.ops.convert_to_numpy(keras.ops.mean(inputs))
        return inputs * (1.0 + 0.0 * float(mean))


def untraceable(layer):
    samples = keras.Input((2,))
    critic = keras.Model(samples, games.critic()(layer(samples)))
    return games.generator(), critic


@pytest.mark.parametrize(
    "layer, reason",
    [
        (
            lambda: ByValue(),
            r"RuntimeError: Exception encountered when calling",
        ),
        (
            lambda: keras.layers.Dropout(0.3, seed=1, name="seeded"),
            r"a seed of Keras, Dropout 'seeded' \(Dropout without a `seed`",
        ),
    ],
)
def test_a_model_without_a_graph_says_so_once(layer, reason):
    gan = kgan.GAN(*untraceable(layer()), seed=1)
    gan.compile(optimizers.SGD(0.1), optimizers.SGD(0.1))
    with pytest.warns(UserWarning) as caught:
        # Other shapes, and the first clip, which changes the step.
        for num in (8, 8, 4, 4):
            gan.train_on_batch(games.points(num))
        gan.clip_weights(0.1)
        gan.train_on_batch(games.points(8))
        gan.train_on_batch(games.points(8))
    # Among those of NumPy, which the suite ignores.
    [message] = [str(w.message) for w in caught if w.category is UserWarning]
    assert re.search(rf"Received: .*{reason}", message), message
    assert "run_eagerly=True" in message and "\n" not in message
    assert not any(gan.fast_paths.graphs._graphs.values())


def test_a_model_that_is_to_have_no_graph_says_nothing():
    gan = kgan.GAN(*untraceable(ByValue()), seed=1)
    gan.compile(run_eagerly=True)
    for _ in range(3):
        gan.train_on_batch(games.points(8))


def test_changes_between_epochs_reach_the_graph():
    def change(epoch, logs=None):
        optimizer = callback.model.generator_optimizer
        optimizer.learning_rate = 1e-2 / (epoch + 1)

    callback = keras.callbacks.LambdaCallback(on_epoch_begin=change)
    clip = kgan.callbacks.WeightClip(lambda epoch: 0.1 / (epoch + 1))
    check_same(dense, epochs=3, callbacks=[callback, clip])


def test_a_graph_holds_no_numbers_of_the_batch_that_it_was_traced_on():
    """Arrays of `train_on_batch` come to a step as they are."""

    def trained(**options):
        keras.utils.set_random_seed(0)
        gan = games.game(n_critic=1, **options)
        for batch in np.split(games.points(40), 5):
            gan.train_on_batch(batch)
        return games.weights(gan)

    assert games.distance(trained(), trained(run_eagerly=True)) < 1e-6


def test_a_shape_has_a_graph_of_its_own():
    gan = games.game(n_critic=1)
    for num in (8, 4, 8, 4, 8):
        gan.train_on_batch(games.points(num))
    graphs = gan.fast_paths.graphs._graphs
    assert len(graphs) == 2 and all(graphs.values())


def test_compiling_again_traces_again():
    gan = games.game(n_critic=1)
    gan.fit(games.points(32), batch_size=8, verbose=0)
    before = gan.fast_paths.graphs
    assert before._graphs
    gan.compile(optimizers.SGD(0.0), optimizers.SGD(0.0))
    weights = games.weights(gan)
    gan.fit(games.points(32), batch_size=8, verbose=0)
    assert gan.fast_paths.graphs is not before
    assert games.distance(weights, games.weights(gan)) == 0


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.skipif(
    not shutil.which("g++"), reason="torch.compile needs a C++ compiler"
)
def test_a_graph_that_is_compiled():
    state, _, graphs = train(dense, jit_compile=True)
    expected, _, _ = train(dense, run_eagerly=True)
    assert graphs[0] is not None
    assert games.distance(state, expected) < 1e-5


def test_tracing_changes_nothing():
    gan = games.game(n_critic=1)
    real = gan.sample_latents(8, gan._training_seed)[:, None, :2]
    draws = [gan.draw(8) for _ in range(2)]
    before = games.numpy_of([*gan.variables, *gan.optimizer.variables])
    step = ((real,), draws)

    def play(gan, given):
        return gan.play(*keras.tree.pack_sequence_as(step, given))

    graph = torch_graph._trace(play, gan, keras.tree.flatten(step))
    after = games.numpy_of([*gan.variables, *gan.optimizer.variables])
    assert games.distance(before, after) == 0
    targets = {str(node.target) for node in graph.graph.nodes}
    assert "aten.detach.default" not in targets
