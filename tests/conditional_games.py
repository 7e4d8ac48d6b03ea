"""Conditional networks, and labelled data in every form."""

import games
import keras
import numpy as np
import pytest

import kgan

CLASSES = 3


def generator(width=2):
    """Of `[latents, labels]`, and its weights' layers in order."""
    latents = keras.Input((games.LATENT_DIM,))
    labels = keras.Input((), dtype="int32")
    layers = [
        keras.layers.Embedding(CLASSES, 4),
        keras.layers.Dense(8, "tanh"),
        keras.layers.Dense(width),
    ]
    x = keras.layers.Concatenate()([latents, layers[0](labels)])
    x = layers[2](layers[1](x))
    return keras.Model([latents, labels], x, name="generator"), layers


def critic(width=2):
    """Of `[samples, labels]`, a projection; and its weights' layers."""
    samples = keras.Input((width,))
    labels = keras.Input((), dtype="int32")
    layers = [
        keras.layers.Dense(8, "tanh"),
        keras.layers.Dense(1),
        keras.layers.Embedding(CLASSES, 8),
    ]
    h = layers[0](samples)
    projection = keras.layers.Dot(1)([layers[2](labels), h])
    logits = keras.layers.Add()([layers[1](h), projection])
    return keras.Model([samples, labels], logits, name="critic"), layers


def game(objective="GAN", n_critic=2, seed=1, rate=0.05, **options):
    """An untrained, compiled conditional model of points in the plane."""
    gan = getattr(kgan, objective)(
        generator()[0], critic()[0], n_critic=n_critic, seed=seed
    )
    gan.compile(
        keras.optimizers.SGD(rate), keras.optimizers.SGD(rate), **options
    )
    return gan


def labels(num, seed=7):
    rng = np.random.default_rng(seed)
    return rng.integers(CLASSES, size=num, dtype="int32")


def as_data(kind, x, y, batch=games.BATCH):
    """Arguments of `fit` for the same labelled batches in another form."""
    pairs = [*zip(games.cut(x, batch), games.cut(y, batch), strict=True)]
    if kind == "array":
        return {"x": x, "y": y, "batch_size": batch, "shuffle": False}
    if kind == "generator":
        return {"x": iter(pairs)}
    if kind == "pydataset":
        return {"x": games.Batches(pairs), "shuffle": False}
    if kind == "loader":
        torch = pytest.importorskip("torch")
        dataset = torch.utils.data.TensorDataset(
            torch.from_numpy(x), torch.from_numpy(y).long()
        )
        return {"x": torch.utils.data.DataLoader(dataset, batch)}
    import tensorflow as tf

    if kind == "tf.data":
        dataset = tf.data.Dataset.from_tensor_slices((x, y))
        return {"x": dataset.batch(batch)}
    dataset = tf.data.Dataset.from_generator(
        lambda: iter(pairs),
        output_signature=(
            tf.TensorSpec((None, *x.shape[1:]), x.dtype),
            tf.TensorSpec((None,), y.dtype),
        ),
    )
    return {"x": dataset}
