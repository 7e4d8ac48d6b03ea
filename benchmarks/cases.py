"""Defines the cases of step.py: networks in Keras, samples and cost."""

import random

import keras
import numpy as np
from native import CLIP, EPSILON, RATE, RHO, Case

import kgan

CASES = {
    case.name: case
    for case in (
        Case("ring", (2,), 2, 256),
        Case("dcgan28", (28, 28, 1), 128, 64),
        Case("dcgan64", (64, 64, 3), 128, 64),
    )
}


def networks(case: Case) -> tuple[keras.Model, keras.Model]:
    """Builds the networks, with the same weights every time."""
    # As keras.utils.set_random_seed does, which also loads TensorFlow.
    random.seed(0)
    build = kgan.architectures
    if case.convolutional:
        return (
            build.dcgan_generator(case.sample_shape, case.latent_dim, 64),
            build.dcgan_discriminator(case.sample_shape, 64),
        )
    generator = build.mlp_generator(2, case.latent_dim, [128] * 3)
    inputs = keras.Input(case.sample_shape)
    x = inputs
    for _ in range(3):
        x = keras.layers.Dense(128, "relu")(x)
    logits = keras.layers.Dense(1, dtype="float32")(x)
    return generator, keras.Model(inputs, logits)


def weights_of(networks) -> list[list[np.ndarray]]:
    return [network.get_weights() for network in networks]


def weights_to_check(case: Case) -> list[list[np.ndarray]]:
    """Returns weights from which rounding errors do not spread.

    In the critic, a bias has no gradient if every ReLU after it is on.
    RMSprop makes a whole step even of the rounding error that is left. From
    the ring's first weights, whose biases are zero, such steps decide which
    units are on.
    """
    weights = weights_of(networks(case))
    if not case.convolutional:
        rng = np.random.default_rng(2)
        weights[1] = [
            rng.uniform(-0.02, 0.03, w.shape).astype("float32")
            for w in weights[1]
        ]
    return weights


def samples(case: Case, num: int) -> np.ndarray:
    """Draws random samples: timing does not depend on what they show."""
    rng = np.random.default_rng(0)
    shape = (num, *case.sample_shape)
    return rng.uniform(-1, 1, shape).astype("float32")


class GivenLatents(kgan.WGAN):
    """Takes its latents, in order, from a table `(draws, batch, dim)`."""

    def __init__(self, generator, critic, n_critic, latents):
        super().__init__(generator, critic, n_critic, seed=0)
        self.table = self.add_weight(
            shape=latents.shape, initializer="zeros", trainable=False
        )
        self.table.assign(latents)
        self.drawn = 0

    def sample_latents(self, batch_size, seed_generator):
        draws = self.n_critic + 1
        steps_done = keras.ops.cast(self.optimizer.iterations, "int32")
        index = steps_done * draws + self.drawn
        self.drawn = (self.drawn + 1) % draws
        return keras.ops.take(self.table, index, axis=0)


def compiled(
    gan: kgan.WGAN, variant: str, epsilon: float = EPSILON
) -> kgan.WGAN:
    """Compiles `gan` as the name of a variant says: engine[_xSTEPS]."""
    engine, _, steps = variant.partition("_x")
    # Keras's default is XLA on TensorFlow and eager on PyTorch.
    jit_compile = {"graph": False, "eager": False}.get(engine, True)
    rmsprop = keras.optimizers.RMSprop
    gan.compile(
        *(rmsprop(RATE, rho=RHO, epsilon=epsilon) for _ in range(2)),
        jit_compile=jit_compile,
        steps_per_execution=int(steps or 1),
    )
    return gan


def fit(gan: kgan.WGAN, samples: np.ndarray, batch_size: int) -> None:
    clip = kgan.callbacks.WeightClip(CLIP)
    gan.fit(
        samples,
        batch_size=batch_size,
        shuffle=False,
        callbacks=[clip],
        verbose=0,
    )


def step_flops(networks, n_critic: int, batch_size: int) -> int:
    """Counts a step's products: a multiplication and an addition are two.

    A critic update runs the generator forward on one batch and the critic on
    two. It takes the gradients of the critic's weights, and those of the
    inputs of its layers except the first, which takes images. A generator
    update runs both forward. It takes all gradients of the generator, and of
    the critic only those of inputs. Activations, normalizations and the
    optimizer are left out.
    """
    generator, critic = (_multiplications(network) for network in networks)
    forward_g, forward_c = sum(generator), sum(critic)
    critic_update = forward_g + 2 * (3 * forward_c - critic[0])
    generator_update = 3 * forward_g - generator[0] + 2 * forward_c
    return 2 * batch_size * (n_critic * critic_update + generator_update)


def _multiplications(network: keras.Model) -> list[int]:
    """Counts the multiplications of one sample, layer by layer."""
    counts = []
    for layer in network.layers:
        if isinstance(layer, keras.layers.Conv2DTranspose):
            pixels = np.prod(layer.input.shape[1:3])
        elif isinstance(layer, keras.layers.Conv2D):
            pixels = np.prod(layer.output.shape[1:3])
        elif isinstance(layer, keras.layers.Dense):
            pixels = 1
        else:
            continue
        counts.append(int(pixels * np.prod(layer.kernel.shape)))
    return counts


def set_precision(dtype: str) -> None:
    """Sets the precision; call it before networks are built."""
    policy = {"bfloat16": "mixed_bfloat16"}.get(dtype, dtype)
    keras.mixed_precision.set_global_policy(policy)
