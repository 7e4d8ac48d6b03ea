"""Checks that every loop of step.py trains to the same weights as kgan."""

import sys
import time

import cases
import native
import numpy as np
from loops import Kgan, Native

STEPS = 2
# RMSprop as the authors ran it makes a full step of a gradient's rounding
# error. With this epsilon, of the size of small gradients' squares, it does
# not, and two loops stay together.
EPSILON = 1e-10
# A ReLU whose input is zero but for rounding may fall either way, and changes
# all gradients behind it; rarely so in two of three draws of the samples.
DRAWS = 3


def progress(*words) -> None:
    print(time.strftime("%H:%M:%S"), *words, file=sys.stderr, flush=True)


def check(backend, case, n_critic, kgan_names, native_names, tolerance) -> dict:
    """Ends the program if a loop leads to weights other than kgan's.

    All take two steps from the same weights, with the same latents and
    samples. The tolerance is that of `distance`, relative to the change.
    """
    for draw in range(DRAWS):
        found = differences(
            backend, case, n_critic, kgan_names, native_names, draw
        )
        worst = max((d["relative"] for d in found.values()), default=0.0)
        if worst < tolerance:
            return found
    sys.exit(
        f"The loops do not train to kgan's weights: {found}. Expected: "
        f"relative differences under {tolerance}"
    )


def differences(
    backend, case, n_critic, kgan_names, native_names, draw
) -> dict:
    """Returns the `distance` of every loop from kgan's first."""
    rng = np.random.default_rng(draw)
    shape = (STEPS * (n_critic + 1), case.batch_size, case.latent_dim)
    latents = rng.standard_normal(shape, dtype="float32")
    samples = cases.samples(case, STEPS * n_critic * case.batch_size)
    weights = cases.weights_to_check(case)

    def trained(kind, name):
        if kind == "kgan":
            loop = Kgan(case, n_critic, name, weights, latents, EPSILON)
            loop.run(samples)
        else:
            loop = Native(
                backend, case, weights, n_critic, name, "float32", EPSILON
            )
            loop.run_given(samples, latents)
        return loop.weights()

    first, *others = [
        *(("kgan", name) for name in kgan_names),
        *(("native", name) for name in native_names),
    ]
    reference, report = trained(*first), {}
    for kind, name in others:
        found = distance(weights, reference, trained(kind, name))
        report[f"{kind}:{name}"] = found
        progress(
            f"check of {case.name}, n_critic {n_critic}, {kind}:{name}: "
            f"largest difference of a weight {found['largest']:.1e}, of an "
            f"array {found['relative']:.1e} of its change ({found['array']})"
        )
    return report


def distance(before, reference, after) -> dict:
    """Returns the largest difference, and the largest relative to a change.

    A critic's change is measured from clipped weights. The first clip moves
    them by much more than an update, and would hide a wrong one.
    """
    largest, worst = 0.0, (-1.0, "")
    for player, name in enumerate(("generator", "critic")):
        for i, (old, one, other) in enumerate(
            zip(before[player], reference[player], after[player], strict=True)
        ):
            if one.shape != other.shape or not np.isfinite(other).all():
                return {
                    "largest": np.inf,
                    "relative": np.inf,
                    "array": f"{name} {i}: {one.shape}, {other.shape}",
                }
            apart = np.abs(one - other)
            largest = max(largest, float(apart.max()))
            # A float32 of the size of these weights is no more exact.
            length = max(1e-7 * np.abs(one).max(), 1e-9)
            if name == "critic":
                old = np.clip(old, -native.CLIP, native.CLIP)
                # The bound lets go of a weight, or not, by a rounding error.
                length = native.RATE / 50
            length = max(np.sqrt(((one - old) ** 2).mean()), length)
            relative = float(np.sqrt((apart**2).mean()) / length)
            worst = max(worst, (relative, f"{name} {i}"))
    return {"largest": largest, "relative": worst[0], "array": worst[1]}
