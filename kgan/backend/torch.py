"""PyTorch: eager gradients of explicit variables."""

import contextlib
import functools
from collections.abc import Callable, Sequence
from typing import Any

import keras
import torch
import torch.distributed as dist

from kgan.backend.demands import TrainedModel
from kgan.backend.torch_gradients import value_and_gradients


class _Replica:
    """This process among those that train one model, within a step of it."""

    index = 0
    count = 1


def train_step(method: Callable) -> Callable:
    """Runs `method(self, data) -> logs` on random numbers for it alone.

    Keras's dropout without a seed draws from PyTorch's global generator,
    which data loaders advance too and no file holds. Within a step it is
    seeded by the model's seed and the steps done, so that a resumed run draws
    what an uninterrupted one would have.

    Where torch.distributed runs, each process draws different ones, but for the
    latents, which are rows of one draw; and moving averages, which each
    process takes over its own rows, are averaged after the step.
    """

    @functools.wraps(method)
    def step(self: TrainedModel, data: Any) -> dict:
        devices = list(range(torch.cuda.device_count()))
        with torch.random.fork_rng(devices), _replica_of(self) as replica:
            steps_done = int(self.optimizer.iterations.value)
            number = steps_done * replica.count + replica.index
            _seed((self.seed << 32) + number)
            return method(self, data)

    return step


def _seed(number: int) -> None:
    """As `torch.manual_seed`, which in PyTorch 2.13 notes a stack each time."""
    torch.default_generator.manual_seed(number)
    if torch.cuda.is_initialized():
        torch.cuda.manual_seed_all(number)


def keras_jit_compile(jit_compile: bool | str) -> bool | str:
    """Returns False: torch.compile takes minutes for Keras's Python.

    kgan has it compile the graph of a step instead.
    """
    return False if jit_compile is True else jit_compile


def test_step(method: Callable) -> Callable:
    """Returns `method(self, data) -> logs` as Keras calls it: unchanged."""
    return method


def minimize(
    model: TrainedModel,
    loss_function: Callable[[], tuple[Any, Any]],
    optimizer: keras.optimizers.Optimizer,
    variables: Sequence[keras.Variable],
) -> tuple[Any, Any]:
    """Takes one optimizer step on `variables` down `loss_function`.

    Args:
        model: Unused here.
        loss_function: Returns `(loss, extras)`, a scalar and any tensors.
        optimizer: Built on `variables`.
        variables: The player's trainable variables.

    Returns:
        What `loss_function` returned, before the update, detached; the mean
        over all processes.
    """
    del model
    values = [variable.value for variable in variables]
    for value in values:
        # While a graph is traced, optimizers that Keras has no faster step
        # for leave new tensors behind, which nothing differentiates by.
        value.requires_grad_()
    (loss, extras), found = value_and_gradients(
        lambda values: loss_function(), values
    )
    # Those of kernels come in another order than the kernels, which slows
    # all that the optimizer does with both.
    gradients = [None if g is None else g.contiguous() for g in found]
    # One message: what is logged travels with the gradients.
    logs = [loss, *extras]
    means = _means([g for g in gradients if g is not None] + logs)
    with torch.no_grad():
        if variables:
            given = iter(means)
            optimizer.apply(
                [None if g is None else next(given) for g in gradients],
                variables,
            )
    loss, *extras = means[len(means) - len(logs) :]
    return loss, tuple(extras)


def random_rows(
    draw: Callable[..., Any],
    shape: Sequence[int],
    seed_generator: keras.random.SeedGenerator,
) -> Any:
    """Draws values of `shape` for the rows of this process's batch.

    In a train step of several processes the values of the whole global batch
    are drawn and each process takes its own rows, so that processes differ
    from each other and agree with one device.

    Args:
        draw: Such as `keras.random.normal`.
        shape: `(batch, ...)`.
        seed_generator: Advanced by one draw.
    """
    index, replicas = replica()
    if replicas == 1:
        return draw(shape, seed=seed_generator)
    rows = shape[0]
    values = draw((rows * replicas, *shape[1:]), seed=seed_generator)
    return values[index * rows : (index + 1) * rows]


def is_traced(tensor: Any) -> bool:
    """False: evaluation is eager here."""
    del tensor
    return False


def replica() -> tuple[int, int]:
    """Index of this process and number of processes in a train step.

    One outside of it: every process evaluates all of the data.
    """
    return _Replica.index, _Replica.count


@contextlib.contextmanager
def _replica_of(model: TrainedModel):
    """This process among those that train, for the length of a train step."""
    if not (dist.is_available() and dist.is_initialized()):
        yield _Replica
        return
    # Keras's seeded dropout would draw one mask for all.
    seeds = model.layer_seeds()
    _shift(seeds, dist.get_rank())
    try:
        _Replica.index, _Replica.count = dist.get_rank(), dist.get_world_size()
        yield _Replica
        averages = model.moving_averages()
        means = _means([average.value for average in averages])
        for average, mean in zip(averages, means, strict=True):
            average.assign(mean)
    finally:
        _shift(seeds, -dist.get_rank())
        _Replica.index, _Replica.count = 0, 1


def _shift(seeds: Sequence[keras.Variable], by: int) -> None:
    for seed in seeds:
        value = seed.value.clone()
        value[0] += by
        seed.assign(value)


def _means(tensors: list[torch.Tensor]) -> list[torch.Tensor]:
    """The mean over processes of each tensor, detached, in one message."""
    tensors = [tensor.detach() for tensor in tensors]
    if _Replica.count == 1 or not tensors:
        return tensors
    flat = torch.cat([tensor.float().reshape(-1) for tensor in tensors])
    dist.all_reduce(flat)
    parts = (flat / _Replica.count).split([t.numel() for t in tensors])
    return [
        part.view(tensor.shape).to(tensor.dtype)
        for part, tensor in zip(parts, tensors, strict=True)
    ]


def replica_mean(value: Any) -> Any:
    """Returns what `minimize` returned as it is: the mean over processes."""
    return value
