"""Times a step of each objective against a step of the plain GAN.

    KERAS_BACKEND=jax python benchmarks/objectives.py --rounds 7
    KERAS_BACKEND=torch python benchmarks/objectives.py --objective r3gan wgangp

The networks are those of the ring's case (3 x 128 ReLU units, batch 256), or
kgan's DCGAN at 28x28x1 with `--case dcgan28`. Each objective has its default
arguments and one update of the discriminator per step, or none if it has no
discriminator. `gan` with each penalty is timed beside them. Rounds of all
alternate, since machines are noisy. The median of the rounds' ratios to `gan`
is the result.
"""

import argparse
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_TORCH_DEVICE", "cpu")

import cases
import keras
import numpy as np

import kgan

STEPS = {"ring": 100, "dcgan28": 4}
# Timed beside the table: arguments of the GAN by name.
PENALTIES = {
    "gan + R1": lambda: [kgan.penalties.R1(0.1)],
    "gan + R1 + R2": lambda: [kgan.penalties.R1(0.1), kgan.penalties.R2(0.1)],
    "gan + GradientPenalty": lambda: [kgan.penalties.GradientPenalty()],
    "gan + DRAGAN": lambda: [kgan.penalties.DRAGAN()],
    "gan + FiniteDifference": lambda: [kgan.penalties.FiniteDifference()],
    "gan + LeCam": lambda: [kgan.penalties.LeCam()],
}


def built(name: str, case) -> kgan.AdversarialModel:
    """Builds a compiled objective, or a GAN with a penalty."""
    generator, discriminator = cases.networks(case)
    if name in PENALTIES:
        gan = kgan.GAN(
            generator, discriminator, seed=0, penalties=PENALTIES[name]()
        )
    else:
        row = kgan.objectives.table()[name]
        if row.n_critic:
            gan = kgan.objectives.build(
                name, generator, discriminator, n_critic=1, seed=0
            )
        else:
            gan = kgan.objectives.build(name, generator, seed=0)
    adam = keras.optimizers.Adam
    if gan.discriminator is None:
        gan.compile(adam(1e-4, beta_1=0.5))
    else:
        gan.compile(*(adam(1e-4, beta_1=0.5) for _ in range(2)))
    return gan


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    table = kgan.objectives.table()
    option = parser.add_argument
    option("--case", choices=STEPS, default="ring")
    option("--objective", nargs="+", choices=[*table, *PENALTIES])
    option("--rounds", type=int, default=7)
    option("--steps", type=int, help="per round; by default by the case")
    args = parser.parse_args()
    case = cases.CASES[args.case]
    steps = args.steps or STEPS[args.case]
    names = args.objective or [*table, *PENALTIES]
    models = {
        name: built(name, case) for name in dict.fromkeys(["gan", *names])
    }

    def run(name: str, num: int) -> float:
        """Measures seconds per step of `num` steps."""
        gan = models[name]
        samples = cases.samples(
            case, num * gan.batches_per_step * case.batch_size
        )
        start = time.perf_counter()
        gan.fit(samples, batch_size=case.batch_size, shuffle=False, verbose=0)
        return (time.perf_counter() - start) / num

    for name in models:
        # On PyTorch, the second step of a shape is the one that is traced.
        run(name, 3)
    found: dict[str, list[float]] = {name: [] for name in models}
    for _ in range(args.rounds):
        for name, seconds in found.items():
            seconds.append(run(name, steps))
    print(f"| {args.case}, {keras.backend.backend()} | ms | times the GAN |")
    print("|---|---|---|")
    for name, seconds in found.items():
        ratios = np.divide(seconds, found["gan"])
        print(
            f"| {name} | {1e3 * np.median(seconds):.3g} | "
            f"{np.median(ratios):.2f} "
            f"({ratios.min():.2f} to {ratios.max():.2f}) |"
        )


if __name__ == "__main__":
    main()
