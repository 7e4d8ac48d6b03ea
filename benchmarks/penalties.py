"""Times a step of NonSaturatingGAN with R1 and R2 on DCGAN at 28x28x1.

    KERAS_BACKEND=torch python benchmarks/penalties.py --rounds 5 --steps 6

It is compared with a hand-written loop of the same step, in which both
penalties and the logits share one pass forward and one back, and with kgan's
step without penalties. Two steps of both loops must first lead to the same
weights. Rounds alternate; the medians of their ratios are the result. The
target is at most 1.10 of the hand-written loop.
"""

import argparse
import dataclasses
import importlib
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_TORCH_DEVICE", "cpu")

import cases
import keras
import numpy as np
from native import EPSILON, RATE, RHO

import kgan

GAMMA = 1.0
# Of what two steps change: rounding moves weights by so much.
TOLERANCE = 0.02
# As in check.py: with it, a gradient's rounding error makes no whole step.
CHECK_EPSILON = 1e-10
VARIANT = {"tensorflow": "graph", "jax": "jit", "torch": "eager"}


class GivenLatents(kgan.NonSaturatingGAN):
    """Takes its latents, in order, from a table `(draws, batch, dim)`."""

    def __init__(self, *networks, latents, **options):
        super().__init__(*networks, seed=0, **options)
        self.n_drawn, self.latents = 0, latents

    def sample_latents(self, batch_size, seed_generator):
        drawn = self.latents[self.n_drawn % len(self.latents)]
        self.n_drawn += 1
        return keras.ops.convert_to_tensor(drawn)


def penalties() -> list:
    return [kgan.penalties.R1(GAMMA), kgan.penalties.R2(GAMMA)]


def compiled(gan, epsilon: float = EPSILON, run_eagerly: bool = False):
    rmsprop = keras.optimizers.RMSprop
    gan.compile(
        *(rmsprop(RATE, rho=RHO, epsilon=epsilon) for _ in range(2)),
        run_eagerly=run_eagerly,
    )
    return gan


def by_hand(case, weights, epsilon=EPSILON):
    backend = keras.backend.backend()
    module = importlib.import_module(f"native.{backend}")
    module.Penalised.gamma = GAMMA
    return module.Penalised(
        case, weights, 1, VARIANT[backend], "float32", epsilon
    )


def check(case) -> float:
    """Distance of both loops' weights, as a share of what they changed."""
    case = dataclasses.replace(case, batch_size=8)
    networks = cases.networks(case)
    start = cases.weights_of(networks)
    rng = np.random.default_rng(0)
    latents = rng.standard_normal((4, 8, case.latent_dim)).astype("float32")
    real = cases.samples(case, 16).reshape((2, 1, 8, *case.sample_shape))
    gan = GivenLatents(*networks, latents=latents, penalties=penalties())
    gan = compiled(gan, CHECK_EPSILON, run_eagerly=True)
    loop = by_hand(case, start, CHECK_EPSILON)
    for i in range(2):
        gan.train_on_batch(real[i, 0])
        loop.run_given(real[i], list(latents[2 * i : 2 * i + 2]))
    loop.synchronize()
    shares = [
        np.abs(got - want).mean() / np.abs(got - before).mean()
        for of_kgan, of_hand, of_start in zip(
            cases.weights_of(networks), loop.weights(), start, strict=True
        )
        for got, want, before in zip(of_kgan, of_hand, of_start, strict=True)
        # A bias before a normalization moves by rounding alone.
        if got.ndim > 1
    ]
    return float(max(shares))


def loops(case) -> dict:
    """Functions that train on an array of whole steps, and wait."""

    def of_kgan(parts):
        gan = kgan.NonSaturatingGAN(
            *cases.networks(case), seed=0, penalties=parts
        )
        gan = compiled(gan)
        return lambda samples: gan.fit(
            samples, batch_size=case.batch_size, shuffle=False, verbose=0
        )

    hand = by_hand(case, cases.weights_of(cases.networks(case)))

    def run_hand(samples):
        shape = (-1, 1, case.batch_size, *case.sample_shape)
        for batches in samples.reshape(shape):
            hand.run(batches)
        hand.synchronize()

    return {
        "kgan": of_kgan(penalties()),
        "by hand": run_hand,
        "kgan without penalties": of_kgan([]),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=6, help="per round")
    args = parser.parse_args()
    case = cases.CASES["dcgan28"]
    share = check(case)
    print(f"check: {share:.4f} of the change of two steps", flush=True)
    if not share < TOLERANCE:
        raise SystemExit("The loops do not train the same weights.")
    found = loops(case)
    samples = cases.samples(case, args.steps * case.batch_size)
    for run in found.values():
        # On PyTorch, the second step of a shape is the one that is traced.
        run(samples[: 2 * case.batch_size])
    ms: dict[str, list[float]] = {name: [] for name in found}
    for _ in range(args.rounds):
        for name, run in found.items():
            start = time.perf_counter()
            run(samples)
            ms[name].append((time.perf_counter() - start) / args.steps * 1e3)
    for name, times in ms.items():
        print(f"{name}: {np.median(times):.4g} ms a step")
    for rival in list(found)[1:]:
        each = np.divide(ms["kgan"], ms[rival])
        print(
            f"kgan / {rival}: {np.median(each):.2f} "
            f"({each.min():.2f} to {each.max():.2f})"
        )


if __name__ == "__main__":
    main()
