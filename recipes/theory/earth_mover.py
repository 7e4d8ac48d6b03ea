"""Moves four piles of earth into four others at the least cost.

    python recipes/theory/earth_mover.py

It takes about 5 seconds on one CPU core; nothing is trained. Piles of 3, 2, 1,
4 become piles of 1, 2, 4, 3 at a cost of 5, three ways: by the cheapest plan
(Arjovsky et al., "Wasserstein GAN", 2017, equation 1), by what is carried past
each pile (Weng, "From GAN to WGAN", 2019) and by the best critic, `max sum f (p
- q)` over functions f of slope at most 1 (Kantorovich-Rubinstein, equation 2 of
the paper). As no critic exceeds the cost of any plan, the critic that reaches
it proves the plan cheapest. Random piles agree as well.
"""

import argparse
import json
from pathlib import Path

import kgan

import matplotlib
import numpy as np
from scipy.optimize import linprog

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

P, Q = np.array([3, 2, 1, 4]), np.array([1, 2, 4, 3])
RANDOM_PAIRS = 100
RANDOM_PILES = 10
BLUE, VERMILLION, BLACK = "#0072B2", "#D55E00", "#000000"

parser = argparse.ArgumentParser(
    description=__doc__.splitlines()[0],
    formatter_class=argparse.ArgumentDefaultsHelpFormatter,
)
option = parser.add_argument
option("--seed", type=int, default=0, help="of the random piles")
option("--out", type=Path, default=Path("runs/theory"), help="folder")
args = parser.parse_args()


def best_critic(p, q):
    """Returns `max sum f (p - q)` over 1-Lipschitz f, and that f."""
    # On a line, a slope of at most 1 between neighbours is one everywhere.
    steps = np.diff(np.eye(len(p)), axis=0)
    # linprog minimises. Adding a constant to f changes nothing: f[0] = 0.
    result = linprog(
        q - p,
        A_ub=np.concatenate([steps, -steps]),
        b_ub=np.ones(2 * len(steps)),
        bounds=[(0, 0)] + [(None, None)] * (len(p) - 1),
    )
    return -result.fun, result.x


cost, plan = kgan.divergences.earth_mover(P, Q)
# delta_i + p_i - q_i is what has to go on from pile i to pile i + 1.
carried = np.cumsum(P - Q)
dual, critic = best_critic(P, Q)

random = np.random.default_rng(args.seed)
gaps = []
for _ in range(RANDOM_PAIRS):
    p, q = random.dirichlet(np.ones(RANDOM_PILES), size=2)
    gaps.append(best_critic(p, q)[0] - kgan.divergences.earth_mover(p, q)[0])

numbers = {"cost_of_the_plan": cost}
for i, j in zip(*np.nonzero(plan), strict=True):
    numbers[f"moved_from_{i + 1}_to_{j + 1}"] = plan[i, j]
for i, amount in enumerate(carried, start=1):
    numbers[f"delta_{i}"] = float(amount)
numbers["sum_of_absolute_deltas"] = float(np.abs(carried).sum())
for i, value in enumerate(critic, start=1):
    numbers[f"critic_at_{i}"] = value
numbers["value_of_the_critic"] = dual
numbers["largest_gap_of_random_piles"] = np.abs(gaps).max()

figure, (left, right) = plt.subplots(
    1, 2, figsize=(6.4, 3.4), dpi=120, layout="constrained"
)
piles = np.arange(1, len(P) + 1)
left.bar(piles - 0.2, P, 0.36, color=BLUE, label="from p")
left.bar(piles + 0.2, Q, 0.36, color=VERMILLION, hatch="//", label="to q")
for i, j in zip(*np.nonzero(plan), strict=True):
    if i != j:
        start, end = (piles[i] - 0.2, P[i]), (piles[j] + 0.2, Q[j])
        bend = -0.5 if i < j else 0.5
        left.annotate(
            "",
            end,
            start,
            arrowprops={
                "arrowstyle": "->",
                "connectionstyle": f"arc3,rad={bend}",
            },
        )
        left.text(
            (start[0] + end[0]) / 2,
            max(start[1], end[1]) + 0.4,
            f"{plan[i, j]:.0f}",
            ha="center",
        )
left.set(xlabel="pile", ylabel="units of earth", xticks=piles, ylim=(0, 6.5))
left.set_title("plan", fontsize="medium")
left.legend(loc="upper left", ncols=2)
right.plot(piles, critic, "o-", color=BLACK, label="f, of slope at most 1")
right.bar(piles, P - Q, 0.4, color="#56B4E9", label="p - q")
right.axhline(0, color=BLACK, linewidth=0.5)
right.set(xlabel="pile", ylabel="f (distance), p - q (earth)", xticks=piles)
right.set_title("critic", fontsize="medium")
right.legend()
args.out.mkdir(parents=True, exist_ok=True)
figure.savefig(args.out / "earth_mover.png")

# Adding 0 turns the solver's -0 into 0.
numbers = {name: round(value, 6) + 0.0 for name, value in numbers.items()}
for name, value in numbers.items():
    print(f"{name} = {value}")
(args.out / "earth_mover.json").write_text(json.dumps(numbers, indent=2))
