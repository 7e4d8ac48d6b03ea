"""Follows four sequences by KL, JSD and W: which notice that one converges.

    python recipes/theory/order_of_convergence.py

It takes about 2 seconds on one CPU core; no network is trained. Convergence in
KL implies convergence in JSD, and that in W, on a bounded set; neither way back
is true (Arjovsky et al., "Wasserstein GAN", 2017, theorem 2). Each sequence
approaches the uniform distribution on [0, 1] or a point of it, and breaks one
link of the chain; the last leaves the bounded set, where JSD sees convergence
that W does not.
"""

import argparse
import json
from pathlib import Path

import kgan

import matplotlib
import numpy as np

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

NUMBERS = np.unique(np.geomspace(1, 1_000, 25).astype(int))
# Cells of [0, 1] that hold the uniform distribution.
CELLS = 50

parser = argparse.ArgumentParser(
    description=__doc__.splitlines()[0],
    formatter_class=argparse.ArgumentDefaultsHelpFormatter,
)
option = parser.add_argument
option("--seed", type=int, default=0, help="unused: nothing is random")
option("--out", type=Path, default=Path("runs/theory"), help="folder")
args = parser.parse_args()

CENTRES = (np.arange(CELLS) + 0.5) / CELLS
UNIFORM = np.full(CELLS, 1 / CELLS)


def tilted(n):
    """A slope of 1/n on the uniform distribution: all three converge."""
    return CENTRES, UNIFORM * (1 + (2 * CENTRES - 1) / n), UNIFORM


def with_an_atom(n):
    """A mass of 1/n where the limit has none: KL stays infinite."""
    places = np.append(CENTRES, 2.0)
    limit = np.append(UNIFORM, 0.0)
    return places, (1 - 1 / n) * limit + np.eye(CELLS + 1)[-1] / n, limit


def moving_point(n):
    """A point at 1/n that moves to 0: JSD stays at log 2."""
    return np.array([0.0, 1 / n]), np.array([0.0, 1.0]), np.array([1.0, 0.0])


def leaving_mass(n):
    """A mass of 1/n at distance n: W stays at 1, as no bounded set has it."""
    places = np.array([0.0, float(n)])
    return places, np.array([1 - 1 / n, 1 / n]), np.array([1.0, 0.0])


def distances(places, p, limit):
    """Returns KL(p, limit), JSD and W."""
    costs = np.abs(places[:, None] - places)
    w, _ = kgan.divergences.earth_mover(p, limit, costs)
    return kgan.divergences.kl(p, limit), kgan.divergences.jsd(p, limit), w


SEQUENCES = {
    "tilted": (tilted, "slope of 1/n"),
    "atom": (with_an_atom, "mass of 1/n outside"),
    "point": (moving_point, "point at 1/n"),
    "leaving": (leaving_mass, "mass of 1/n at n"),
}
LINES = [
    ("KL", "-.", "#009E73"),
    ("JSD", "--", "#D55E00"),
    ("W", "-", "#0072B2"),
]
found = {
    name: np.array([distances(*sequence(n)) for n in NUMBERS])
    for name, (sequence, _) in SEQUENCES.items()
}
numbers = {}
for name, table in found.items():
    for column, distance in enumerate(("kl", "jsd", "w")):
        numbers[f"{name}_{distance}_at_{NUMBERS[-1]}"] = table[-1, column]
# The slopes on both logarithmic axes, of the upper half of the numbers.
half = len(NUMBERS) // 2
for column, distance in enumerate(("kl", "jsd", "w")):
    logs = np.log(found["tilted"][half:, column])
    slope, _ = np.polyfit(np.log(NUMBERS[half:]), logs, 1)
    numbers[f"tilted_{distance}_order"] = -slope

figure, axes = plt.subplots(
    1, 4, figsize=(9.6, 2.9), dpi=120, layout="constrained", sharey=True
)
for axis, (name, table) in zip(axes, found.items(), strict=True):
    for column, (label, style, colour) in enumerate(
        [
            ("KL", "-.", "#009E73"),
            ("JSD", "--", "#D55E00"),
            ("W", "-", "#0072B2"),
        ]
    ):
        finite = np.isfinite(table[:, column])
        if finite[1:].any():
            axis.plot(
                NUMBERS[finite],
                table[finite, column],
                style,
                color=colour,
                label=label,
            )
        else:
            axis.plot([], [], style, color=colour, label="KL: infinite")
    axis.set(xscale="log", yscale="log", xlabel="n", title=SEQUENCES[name][1])
    axis.legend(fontsize="small")
axes[0].set(ylabel="distance to the limit", ylim=(1e-7, 5))
args.out.mkdir(parents=True, exist_ok=True)
figure.savefig(args.out / "order_of_convergence.png")

numbers = {name: float(f"{value:.4g}") for name, value in numbers.items()}
for name, value in numbers.items():
    print(f"{name} = {value}")
(args.out / "order_of_convergence.json").write_text(
    json.dumps(numbers, indent=2)
)
