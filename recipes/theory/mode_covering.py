"""Fits one Gaussian to a mixture of two, by KL in both directions and by JSD.

    python recipes/theory/mode_covering.py

It takes about 10 seconds on one CPU core; no network is trained. KL(p || q),
which maximum likelihood minimises, punishes a model q that lacks mass where the
data p has some: it covers both modes and the gap between them. KL(q || p)
punishes mass where the data has none: it seeks one mode. JSD, the divergence of
the GAN's game, covers modes that are close and seeks one when they are far
apart. Bishop, "Pattern Recognition and Machine Learning", 2006, figure 10.3;
Theis et al., "A note on the evaluation of generative models", 2016, figure 1.
"""

import argparse
import json
from pathlib import Path

from kgan import divergences

import matplotlib
import numpy as np
from scipy.optimize import minimize
from scipy.stats import norm

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

# The left mode is the heavier one: of two equal ones rounding would choose.
WEIGHTS = np.array([0.6, 0.4])
DEVIATION = 1.0
# Distances of the modes in the panels of densities, in deviations of a mode:
# JSD covers at the first and seeks at the second.
SHOWN_SEPARATIONS = (6.0, 7.5)
SEPARATIONS = np.arange(0.0, 8.25, 0.25)
# Wide enough for the tails of every fit, fine against DEVIATION.
CELLS = np.linspace(-20.0, 20.0, 2001)
DIVERGENCES = {
    "forward_kl": lambda p, q: divergences.kl(p, q),
    "reverse_kl": lambda p, q: divergences.kl(q, p),
    "jsd": divergences.jsd,
}
STYLES = {
    "forward_kl": {"color": "#0072B2", "ls": "--", "label": "by KL(p || q)"},
    "reverse_kl": {"color": "#D55E00", "ls": "-.", "label": "by KL(q || p)"},
    # Wider: it often lies on top of forward KL's.
    "jsd": {"color": "#009E73", "ls": ":", "lw": 3, "label": "by JSD(p, q)"},
}

parser = argparse.ArgumentParser(
    description=__doc__.splitlines()[0],
    formatter_class=argparse.ArgumentDefaultsHelpFormatter,
)
option = parser.add_argument
option("--seed", type=int, default=0, help="of the random starts")
option("--out", type=Path, default=Path("runs/theory"), help="folder")
args = parser.parse_args()


def discretised(densities):
    return densities / densities.sum()


def mixture(separation):
    """Masses of the cells under p."""
    centres = separation * np.array([-0.5, 0.5])
    return discretised(norm.pdf(CELLS[:, None], centres, DEVIATION) @ WEIGHTS)


def moments(p):
    mean = p @ CELLS
    return mean, np.sqrt(p @ (CELLS - mean) ** 2)


def fit(name, separation):
    """Mean and deviation of the best Gaussian q, and its divergence."""
    p = mixture(separation)

    def divergence(parameters):
        mean, log_deviation = parameters
        q = discretised(norm.pdf(CELLS, mean, np.exp(log_deviation)))
        return DIVERGENCES[name](p, q)

    # Reverse KL and JSD have several minima: start on each mode, on both, and
    # at random.
    starts = [
        (-separation / 2, np.log(DEVIATION)),
        (separation / 2, np.log(DEVIATION)),
        (moments(p)[0], np.log(moments(p)[1])),
    ]
    random = np.random.default_rng(args.seed)
    for _ in range(3):
        centre = random.uniform(-separation / 2, separation / 2)
        starts.append((centre, np.log(random.uniform(1, 3))))
    results = [
        minimize(
            divergence,
            start,
            method="Nelder-Mead",
            options={"xatol": 1e-5, "fatol": 1e-10},
        )
        for start in starts
    ]
    best = min(results, key=lambda result: result.fun)
    return best.x[0], np.exp(best.x[1]), best.fun


numbers, fits = {}, {}
for separation in SHOWN_SEPARATIONS:
    at = f"at_{separation:g}"
    # What the fit by forward KL must give: it matches the moments.
    mean, deviation = moments(mixture(separation))
    numbers[f"mixture_mean_{at}"] = mean
    numbers[f"mixture_deviation_{at}"] = deviation
    for name in DIVERGENCES:
        mean, deviation, divergence = fit(name, separation)
        fits[separation, name] = mean, deviation
        numbers[f"{name}_mean_{at}"] = mean
        numbers[f"{name}_deviation_{at}"] = deviation
        numbers[f"{name}_divergence_{at}"] = divergence

mixture_widths = np.array([moments(mixture(s))[1] for s in SEPARATIONS])
fitted_widths = {
    name: np.array([fit(name, separation)[1] for separation in SEPARATIONS])
    for name in DIVERGENCES
}
for name, widths in fitted_widths.items():
    # A fit seeks when its width is nearer to a mode's than to the mixture's;
    # below a separation of 2 the mixture has one mode.
    seeks = widths < (DEVIATION + mixture_widths) / 2
    seeks &= SEPARATIONS > 2 * DEVIATION
    first = SEPARATIONS[seeks][0] if seeks.any() else np.inf
    numbers[f"{name}_seeks_from_separation"] = first

# Adding 0 turns -0.0 into 0.0.
numbers = {name: round(float(x), 3) + 0.0 for name, x in numbers.items()}
for name, number in numbers.items():
    print(f"{name} = {number}")
args.out.mkdir(parents=True, exist_ok=True)
(args.out / "mode_covering.json").write_text(
    # JSON has no infinity.
    json.dumps({k: v if np.isfinite(v) else None for k, v in numbers.items()})
    + "\n"
)

figure, axes = plt.subplots(1, 3, figsize=(11, 4), dpi=120)
for panel, separation in zip(axes, SHOWN_SEPARATIONS, strict=False):
    density = mixture(separation) / (CELLS[1] - CELLS[0])
    panel.fill_between(CELLS, density, color="0.85", label="p, the mixture")
    for name in DIVERGENCES:
        density = norm.pdf(CELLS, *fits[separation, name])
        panel.plot(CELLS, density, **STYLES[name])
    panel.set(
        xlim=(-9, 9),
        ylim=(0, 0.44),
        xlabel="x (deviations of a mode)",
        ylabel="density",
        title=f"modes {separation:g} deviations apart",
    )
for name, widths in fitted_widths.items():
    axes[2].plot(SEPARATIONS, widths, **STYLES[name])
axes[2].set(
    xlabel="separation of the modes (deviations)",
    ylabel="fitted deviation of q",
    title="covers (rising) or seeks (1)",
)
axes[1].legend(fontsize="small", loc="upper right")
figure.tight_layout()
figure.savefig(args.out / "mode_covering.png")
