"""PyTorch: eager gradients of explicit variables."""

import contextlib
import functools
from collections.abc import Callable, Sequence
from typing import Any

import keras
import torch


def train_step(method: Callable) -> Callable:
    """Runs `method(self, data) -> logs` on random numbers of its own.

    Keras's dropout without a seed draws from PyTorch's global generator,
    which data loaders advance too and no file holds. Within a step it is
    seeded by the model's seed and the steps done, so that a resumed run draws
    what an uninterrupted one would have.
    """

    @functools.wraps(method)
    def step(self, data):
        if torch.compiler.is_compiling():
            return method(self, data)
        devices = list(range(torch.cuda.device_count()))
        with torch.random.fork_rng(devices):
            steps_done = int(self.optimizer.iterations.value)
            torch.manual_seed((self.seed << 32) + steps_done)
            return method(self, data)

    return step


def test_step(method: Callable) -> Callable:
    """Returns `method(self, data) -> logs` as Keras calls it: unchanged."""
    return method


def minimize(
    model: keras.Model,
    loss_function: Callable[[], tuple[Any, Any]],
    optimizer: keras.optimizers.Optimizer,
    variables: Sequence[keras.Variable],
) -> tuple[Any, Any]:
    """Takes one optimizer step on `variables` down `loss_function`.

    Gradients are asked for by name, so that nothing is left in `.grad` of
    the other player.

    Args:
        model: Unused here.
        loss_function: Returns `(loss, extras)`, a scalar and any tensors.
        optimizer: Built on `variables`.
        variables: The player's trainable variables.

    Returns:
        What `loss_function` returned, before the update, detached.
    """
    del model
    loss, extras = loss_function()
    if variables:  # A fixed generator has none, and autograd wants some.
        gradients = torch.autograd.grad(
            loss, [variable.value for variable in variables], allow_unused=True
        )
        with torch.no_grad():
            optimizer.apply(list(gradients), variables)
    return keras.tree.map_structure(torch.Tensor.detach, (loss, extras))


def random_normal(
    shape: Sequence[int], seed_generator: keras.random.SeedGenerator
) -> Any:
    """Draws standard normal float32 values of `shape`."""
    return keras.random.normal(shape, seed=seed_generator)


def replica() -> tuple[int, int]:
    """One: this process trains alone."""
    return 0, 1


@contextlib.contextmanager
def keep_state(model: keras.Model):
    """Does nothing: PyTorch variables keep their values on an error."""
    yield
