"""Small networks and data in every form, for the tests that train."""

import keras
import numpy as np
import pytest

import kgan

BACKEND = keras.backend.backend()
LATENT_DIM = 3
BATCH = 8


def generator(width=2, activation=None, **options):
    latents = keras.Input((LATENT_DIM,))
    x = keras.layers.Dense(6, "tanh")(latents)
    x = keras.layers.Dense(width, activation)(x)
    return keras.Model(latents, x, name="generator", **options)


def critic(width=2, activation=None, units=1, constraint=None):
    samples = keras.Input((width,))
    x = keras.layers.Dense(6, "tanh", kernel_constraint=constraint)(samples)
    x = keras.layers.Dense(units, activation)(x)
    return keras.Model(samples, x, name="critic")


# On PyTorch, Keras's dropout without its own seed draws from PyTorch's
# global generator, which any loader of data advances.
def noisy_generator():
    latents = keras.Input((LATENT_DIM,))
    x = keras.layers.Dense(6)(latents)
    x = keras.layers.BatchNormalization(momentum=0.7)(x)
    x = keras.layers.Dropout(0.3)(keras.layers.ReLU()(x))
    return keras.Model(latents, keras.layers.Dense(2)(x), name="generator")


def noisy_critic():
    samples = keras.Input((2,))
    x = keras.layers.Dense(6)(samples)
    x = keras.layers.BatchNormalization(momentum=0.7)(x)
    x = keras.layers.Dropout(0.3)(keras.layers.LeakyReLU()(x))
    return keras.Model(samples, keras.layers.Dense(1)(x), name="critic")


def image_game(n_critic=1, size=4):
    """An untrained, compiled GAN of images `(size, size, 1)`."""
    latents = keras.Input((LATENT_DIM,))
    x = keras.layers.Dense(size * size, "tanh")(latents)
    images = keras.layers.Reshape((size, size, 1))(x)
    seen = keras.Input((size, size, 1))
    logits = keras.layers.Dense(1)(keras.layers.Flatten()(seen))
    gan = kgan.GAN(
        keras.Model(latents, images),
        keras.Model(seen, logits),
        n_critic=n_critic,
        seed=1,
    )
    gan.compile()
    return gan


def game(objective="GAN", n_critic=2, seed=1, rate=0.05, **options):
    """An untrained, compiled model of points in the plane."""
    gan = getattr(kgan, objective)(
        generator(), critic(), n_critic=n_critic, seed=seed
    )
    gan.compile(
        keras.optimizers.SGD(rate), keras.optimizers.SGD(rate), **options
    )
    return gan


def points(num, width=2, seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((num, width)).astype("float32")


def numpy_of(variables):
    return [np.array(keras.ops.convert_to_numpy(v)) for v in variables]


def weights(gan):
    return gan.generator.get_weights() + gan.discriminator.get_weights()


def distance(a, b):
    """Largest distance of any entry of two lists of arrays."""
    return max(
        float(np.abs(x - y).max()) for x, y in zip(a, b, strict=True) if x.size
    )


def cut(samples, batch=BATCH):
    return [samples[i : i + batch] for i in range(0, len(samples), batch)]


class Batches(keras.utils.PyDataset):
    def __init__(self, batches, **options):
        super().__init__(**options)
        self.batches = batches

    def __len__(self):
        return len(self.batches)

    def __getitem__(self, index):
        return self.batches[index]


KINDS = (
    "array",
    "tf.data",
    "unknown tf.data",
    "generator",
    "pydataset",
    "loader",
)


def as_data(kind, samples, batch=BATCH):
    """Arguments of `fit` for the same batches in another form."""
    if kind == "array":
        return {"x": samples, "batch_size": batch, "shuffle": False}
    if kind == "generator":
        return {"x": (b for b in cut(samples, batch))}
    if kind == "pydataset":
        return {"x": Batches(cut(samples, batch)), "shuffle": False}
    if kind == "loader":
        torch = pytest.importorskip("torch")
        dataset = torch.utils.data.TensorDataset(torch.from_numpy(samples))
        return {"x": torch.utils.data.DataLoader(dataset, batch)}
    import tensorflow as tf

    if kind == "tf.data":
        return {"x": tf.data.Dataset.from_tensor_slices(samples).batch(batch)}
    dataset = tf.data.Dataset.from_generator(
        lambda: iter(cut(samples, batch)),
        output_signature=tf.TensorSpec(
            (None, *samples.shape[1:]), samples.dtype
        ),
    )
    return {"x": dataset}


class Counter(keras.callbacks.Callback):
    """Counts the steps of each epoch, and what the progress bar expects."""

    def __init__(self):
        super().__init__()
        self.counts = []

    def on_train_begin(self, logs=None):
        self.expected = self.params["steps"]

    def on_epoch_begin(self, epoch, logs=None):
        self.counts.append(0)

    def on_train_batch_end(self, batch, logs=None):
        self.counts[-1] = batch + 1
