"""The trained weights against NumPy, for every objective and input."""

import itertools

import keras
import numpy as np
import pytest
import reference

import kgan

BATCH = 16
STEPS = 6
LATENT_DIM = 3
NETWORK_SEED = 12


def networks():
    rng = np.random.default_rng(NETWORK_SEED)

    def network(width, out, name):
        inputs = keras.Input((width,))
        x = keras.layers.Dense(8, "tanh")(inputs)
        model = keras.Model(inputs, keras.layers.Dense(out)(x), name=name)
        weights = [0.4 * rng.standard_normal(w.shape) for w in model.weights]
        model.set_weights(weights)
        return model, [w.astype("float32").astype("float64") for w in weights]

    return network(LATENT_DIM, 2, "generator"), network(2, 1, "critic")


def latents_of(seed, jit_compile=False):
    """The latents that a model with this seed draws, update after update."""
    generator = keras.random.SeedGenerator(seed)

    def draw():
        return keras.random.normal((BATCH, LATENT_DIM), seed=generator)

    if jit_compile and keras.backend.backend() == "tensorflow":
        # XLA's Philox is not that of TensorFlow's kernels.
        import tensorflow as tf

        draw = tf.function(draw, jit_compile=True)
    while True:
        yield keras.ops.convert_to_numpy(draw()).astype("float64")


def as_input(kind, samples):
    if kind == "array":
        return {"x": samples, "batch_size": BATCH, "shuffle": False}
    batches = [
        samples[i : i + BATCH] for i in range(0, len(samples), BATCH)
    ]  # The last one is ragged.
    if kind == "generator":
        return {"x": (batch for batch in batches)}
    if kind == "labelled generator":
        return {"x": ((batch, np.zeros(len(batch))) for batch in batches)}
    if kind == "pydataset":

        class Batches(keras.utils.PyDataset):
            def __len__(self):
                return len(batches)

            def __getitem__(self, index):
                return batches[index], np.zeros(len(batches[index]))

        return {"x": Batches(), "shuffle": False}
    if kind == "loader":
        torch = pytest.importorskip("torch")
        dataset = torch.utils.data.TensorDataset(torch.from_numpy(samples))
        return {"x": torch.utils.data.DataLoader(dataset, BATCH)}
    import tensorflow as tf

    dataset = tf.data.Dataset.from_tensor_slices(samples)
    if kind == "tf.data":
        return {"x": dataset.batch(BATCH)}
    if kind == "tf.data with labels":
        return {"x": dataset.map(lambda x: (x, 0)).batch(BATCH)}
    if kind == "tf.data of equal batches":
        return {"x": dataset.batch(BATCH, drop_remainder=True)}
    if kind == "endless tf.data":
        dataset = dataset.batch(BATCH, drop_remainder=True).repeat()
        return {"x": dataset, "steps_per_epoch": STEPS}
    raise KeyError(kind)


def difference(
    objective, n_critic, make_optimizers, clip_value=None, **options
):
    """Largest distance of any weight to NumPy's after 6 generator steps."""
    kind = options.pop("kind", "array")
    callbacks = options.pop("callbacks", None)
    (generator, generator_weights), (critic, critic_weights) = networks()
    rng = np.random.default_rng(5)
    # Less than a batch is left over at the end.
    samples = rng.standard_normal((STEPS * n_critic * BATCH + 9, 2))
    samples = (samples + 1).astype("float32")
    gan = getattr(kgan, objective)(generator, critic, n_critic=n_critic, seed=4)
    keras_optimizers, numpy_optimizers = make_optimizers()
    gan.compile(*keras_optimizers, **options)
    if callbacks is None and clip_value is not None:
        callbacks = [kgan.callbacks.WeightClip(clip_value)]
    gan.fit(**as_input(kind, samples), epochs=1, callbacks=callbacks, verbose=0)
    batches = np.split(
        samples[: STEPS * n_critic * BATCH].astype("float64"), STEPS * n_critic
    )
    expected = reference.train(
        objective,
        generator_weights,
        critic_weights,
        numpy_optimizers,
        iter(batches),
        latents_of(4, options.get("jit_compile", False)),
        n_critic,
        STEPS,
        clip_value,
    )
    return max(
        float(np.abs(got - want).max())
        for model, weights in zip((generator, critic), expected, strict=True)
        for got, want in zip(model.get_weights(), weights, strict=True)
    )


def rmsprop():
    # A rate at which six steps move the weights by about 0.1: a wrong sign
    # or batch then shows by far.
    settings = {"learning_rate": 5e-3, "rho": 0.99, "epsilon": 1e-16}
    return (
        [keras.optimizers.RMSprop(**settings) for _ in range(2)],
        [reference.RMSprop(**settings) for _ in range(2)],
    )


def adam():
    settings = {"learning_rate": 2e-3, "beta_1": 0.5}
    return (
        [keras.optimizers.Adam(**settings) for _ in range(2)],
        [reference.Adam(**settings) for _ in range(2)],
    )


KINDS = [
    "array",
    "tf.data",
    "tf.data with labels",
    "tf.data of equal batches",
    "endless tf.data",
    "generator",
    "labelled generator",
    "pydataset",
    "loader",
]


@pytest.mark.filterwarnings("ignore:The labels of the data are not used")
@pytest.mark.parametrize("kind", KINDS)
def test_wgan_is_algorithm_1(kind):
    assert difference("WGAN", 5, rmsprop, clip_value=0.1, kind=kind) < 2e-6


@pytest.mark.parametrize("n_critic", [1, 2])
@pytest.mark.parametrize("objective", ["GAN", "NonSaturatingGAN"])
def test_gans_with_adam(objective, n_critic):
    assert difference(objective, n_critic, adam) < 1e-5
    assert difference(objective, n_critic, adam, kind="tf.data") < 1e-5


@pytest.mark.parametrize(
    "options",
    [
        {"run_eagerly": True},
        pytest.param(
            {"jit_compile": True},
            # torch.compile takes half a minute.
            marks=[pytest.mark.soak]
            if keras.backend.backend() == "torch"
            else [],
        ),
        {"steps_per_execution": 4},
    ],
    ids=str,
)
# PyTorch's compiler warns of itself.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_wgan_in_every_way_of_running(options):
    backend = keras.backend.backend()
    if backend == "torch" and "steps_per_execution" in options:
        pytest.skip("Keras has no steps_per_execution on PyTorch")
    assert difference("WGAN", 5, rmsprop, clip_value=0.1, **options) < 2e-6


def test_defaults_are_those_of_the_paper():
    (generator, _), (critic, _) = networks()
    gan = kgan.WGAN(generator, critic)
    gan.compile()
    assert gan.n_critic == 5
    for optimizer in (gan.generator_optimizer, gan.discriminator_optimizer):
        config = optimizer.get_config()
        assert isinstance(optimizer, keras.optimizers.RMSprop)
        assert config["learning_rate"] == pytest.approx(5e-5)
        assert (config["rho"], config["epsilon"]) == (0.99, 1e-16)
        assert config["momentum"] == 0
    gan = kgan.GAN(*(model for model, _ in networks()))
    gan.compile()
    assert gan.n_critic == 1
    for optimizer in (gan.generator_optimizer, gan.discriminator_optimizer):
        config = optimizer.get_config()
        assert isinstance(optimizer, keras.optimizers.Adam)
        assert config["learning_rate"] == pytest.approx(2e-4)
        assert config["beta_1"] == 0.5


def test_rmsprop_of_the_defaults_is_that_of_pytorch():
    torch = pytest.importorskip("torch")
    gradients = [1e-3, -1e-5, 1e-6, 3e-5]
    weight = torch.tensor([0.005], requires_grad=True)
    theirs = torch.optim.RMSprop([weight], lr=5e-5)  # The authors' main.py.
    ours = keras.optimizers.RMSprop(5e-5, rho=0.99, epsilon=1e-16)
    variable = keras.Variable([0.005])
    for gradient in itertools.chain(gradients, gradients):
        weight.grad = torch.tensor([gradient])
        theirs.step()
        ours.apply([keras.ops.convert_to_tensor([gradient])], [variable])
    moved = 0.005 - float(weight.detach()[0])
    got = 0.005 - float(keras.ops.convert_to_numpy(variable)[0])
    assert got == pytest.approx(moved, rel=2e-2)
