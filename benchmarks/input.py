"""Measures the share of a step that training waits for its data.

    KERAS_BACKEND=tensorflow python benchmarks/input.py --data-dir DIR

Trains the WGAN of step.py's 28x28 case by turns on Fashion-MNIST from
`kgan.data.load`, and on an array in memory that repeats one step's images. The
time runs from the end of the first step to the end of the last, without the
filling of the shuffle buffer. The wait is what the data set takes longer. The
pipeline is also read alone, without training: an upper bound of its cost where
it cannot run beside the step. Prints one JSON line.
"""

import argparse
import json
import os
import time

import numpy as np


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    option = parser.add_argument
    option("--data-dir", help="None: that of tensorflow-datasets")
    option("--n-critic", type=int, default=5)
    option("--batch-size", type=int, default=64)
    option("--steps", type=int, default=50, help="per round, at least 2")
    option("--rounds", type=int, default=5)
    option("--device", choices=["cpu", "gpu"], default="cpu")
    option("--variant", help="as in step.py; None: the user's default")
    return parser.parse_args()


def main() -> None:
    args = parse()
    from step import choose_device, machine

    choose_device(args.device)
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    facts = machine(backend, args.device)
    import keras
    from cases import CASES, compiled, networks
    from comparison import KGAN_VARIANTS

    import kgan

    class Clock(keras.callbacks.Callback):
        """Times milliseconds per step, without the first."""

        def on_train_batch_end(self, batch, logs=None):
            if batch not in (0, args.steps - 1):
                return
            float(logs["generator_loss"])  # Waits for the device.
            now = time.perf_counter()
            if batch == 0:
                self.start = now
            else:
                self.ms = (now - self.start) / (args.steps - 1) * 1e3

    data = kgan.data.load(
        "fashion_mnist",
        "train",
        batch_size=args.batch_size,
        data_dir=args.data_dir,
    ).repeat()
    step = np.concatenate(list(data.take(args.n_critic).as_numpy_iterator()))
    constant = np.tile(step, (args.steps, 1, 1, 1))
    gan = kgan.WGAN(*networks(CASES["dcgan28"]), args.n_critic, seed=0)
    compiled(gan, args.variant or KGAN_VARIANTS[backend][0])

    def train(x, **options) -> float:
        clock = Clock()
        callbacks = [kgan.callbacks.WeightClip(0.01), clock]
        gan.fit(x, callbacks=callbacks, verbose=0, **options)
        return clock.ms

    def read() -> float:
        """Reads as many batches as `fit` takes, without training."""
        grouped, _ = kgan.steps.as_steps(
            data,
            args.n_critic,
            gan.sample_spec,
            None,
            args.steps,
            1,
            gan.peers.share(),
        )
        steps = iter(grouped)
        next(steps)
        start = time.perf_counter()
        for _ in range(args.steps - 1):
            next(steps)
        return (time.perf_counter() - start) / (args.steps - 1) * 1e3

    times = {"data": [], "constant": [], "input_alone": []}
    for number in range(args.rounds + 1):  # The first compiles and caches.
        found = (
            train(data, steps_per_epoch=args.steps),
            train(constant, batch_size=args.batch_size, shuffle=False),
            read(),
        )
        if number:
            for values, ms in zip(times.values(), found, strict=True):
                values.append(ms)
    waits = 1 - np.divide(times["constant"], times["data"])
    alone = np.divide(times["input_alone"], times["data"])
    result = {
        **facts,
        "n_critic": args.n_critic,
        "batch_size": args.batch_size,
        "steps": args.steps,
        **{f"{k}_ms": round(float(np.median(v)), 3) for k, v in times.items()},
        "waiting_share": round(float(np.median(waits)), 4),
        "waiting_range": [round(float(w), 4) for w in (min(waits), max(waits))],
        "input_alone_share": round(float(np.median(alone)), 4),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
