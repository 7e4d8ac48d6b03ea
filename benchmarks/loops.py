"""Gives kgan's step and the hand-written ones one interface.

`run(samples)` trains on an array that holds whole steps, and waits.
"""

import importlib

import numpy as np
from native import EPSILON

BACKENDS = ("tensorflow", "jax", "torch")


class Kgan:
    """kgan, trained by `fit`."""

    def __init__(
        self,
        case,
        n_critic,
        variant,
        weights=None,
        latents=None,
        epsilon=EPSILON,
    ):
        # Keras would add to the memory of loops that do not need it.
        import cases

        self.case, self.fit = case, cases.fit
        self.networks = cases.networks(case)
        if weights:
            for network, values in zip(self.networks, weights, strict=True):
                network.set_weights(values)
        if latents is None:
            gan = cases.kgan.WGAN(*self.networks, n_critic, seed=0)
        else:
            gan = cases.GivenLatents(*self.networks, n_critic, latents)
        self.gan = cases.compiled(gan, variant, epsilon)

    def run(self, samples: np.ndarray) -> None:
        self.fit(self.gan, samples, self.case.batch_size)

    def weights(self) -> list[list[np.ndarray]]:
        return [network.get_weights() for network in self.networks]


class Native:
    """A hand-written loop, fed batch by batch of the array."""

    def __init__(
        self, backend, case, weights, n_critic, variant, dtype, epsilon=EPSILON
    ):
        module = importlib.import_module(f"native.{backend}")
        self.loop = module.build(
            case, weights, n_critic, variant, dtype, epsilon
        )
        self.shape = (-1, n_critic, case.batch_size, *case.sample_shape)

    def run(self, samples: np.ndarray) -> None:
        for batches in samples.reshape(self.shape):
            self.loop.run(batches)
        self.loop.synchronize()

    def run_given(self, samples: np.ndarray, latents: np.ndarray) -> None:
        """One step for every `n_critic + 1` latents of the table."""
        steps = samples.reshape(self.shape)
        draws = latents.reshape(len(steps), -1, *latents.shape[1:])
        for batches, given in zip(steps, draws, strict=True):
            self.loop.run_given(batches, list(given))

    def weights(self) -> list[list[np.ndarray]]:
        return list(self.loop.weights())
