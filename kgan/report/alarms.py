"""What is wrong with a run, in words."""

import dataclasses
import math
from collections.abc import Iterator
from typing import Any

from kgan.report.folder import Run

# A logit whose sigmoid is 0.993.
SURE = 5.0
FLAT = 1e-3
AT_BOUND = 0.9
# Ratio of the distance between two samples to that between two real ones.
COLLAPSED, SCATTERED = 0.25, 3.0
COPIED = 0.5
# Estimates of divergences, which cannot be below 0.
ESTIMATES = ("jsd_estimate", "wasserstein_estimate")
TIGHT = -1e-3


@dataclasses.dataclass(frozen=True)
class Alarm:
    """Something to look at.

    Args:
        title: In some words.
        text: What was found, what it means, and what helps.
        epochs: Where it was found.
        now: Whether it was in the last one.
    """

    title: str
    text: str
    epochs: tuple[int, ...]
    now: bool


def alarms(run: Run) -> list[Alarm]:
    """All of a run, those of now before those of the past."""
    found = []
    last = max(run.logs, default=0)
    for rule in (_not_finite, _saturated, _flat, _corners, _spread, _negative):
        said: dict[str, dict[int, str]] = {}
        for epoch, title, text in rule(run):
            said.setdefault(title, {})[epoch] = text
        for title, texts in said.items():
            epochs = tuple(sorted(texts))
            text = texts[epochs[-1]]
            found.append(Alarm(title, text, epochs, epochs[-1] == last))
    found += _copies(run, last)
    return sorted(found, key=lambda alarm: not alarm.now)


Found = Iterator[tuple[int, str, str]]


def _not_finite(run: Run) -> Found:
    for epoch, logs in run.logs.items():
        bad = [name for name, x in logs.items() if not math.isfinite(x)]
        if bad:
            yield (
                epoch,
                "Numbers that are not finite",
                f"{', '.join(bad)} came to NaN or infinity: the training has "
                "diverged. kgan.callbacks.TerminateOnNaN stops such a run, and "
                "Checkpoint keeps the epoch before. Lower the learning rates.",
            )


def _saturated(run: Run) -> Found:
    if not run.setting("game", "sign_decides"):
        return
    if run.setting("game", "takes_features"):
        return
    for epoch, seen in run.health.items():
        real, fake = _pair(seen, "real_logits_mean", "fake_logits_mean")
        if real > SURE and fake < -SURE:
            yield (
                epoch,
                "The discriminator is saturated",
                f"It gives real samples {real:.3g} and generated ones "
                f"{fake:.3g} on average: it is surer than 99 % of both, and "
                "its loss has little left to teach. R1 or a gradient penalty, "
                "an augmentation, or a lower learning rate of the "
                "discriminator help.",
            )


def _flat(run: Run) -> Found:
    for epoch, seen in run.health.items():
        real, fake = _pair(seen, "real_gradients_mean", "fake_gradients_mean")
        if fake < FLAT * real:
            yield (
                epoch,
                "The discriminator is flat where the generator is",
                f"Its gradient at generated samples has the norm {fake:.3g}, "
                f"at real ones {real:.3g}: the generator is told no way to go. "
                "A gradient penalty, or noise on what the discriminator sees, "
                "helps.",
            )


def _corners(run: Run) -> Found:
    for epoch, logs in run.logs.items():
        share = logs.get("clipped_share", 0.0)
        if share > AT_BOUND:
            yield (
                epoch,
                "Nearly all weights of the critic sit at the clip",
                f"{share:.1%} of them do: the critic is all corners and can "
                "express little. Raise clip_value, or take kgan.WGANGP.",
            )


def _spread(run: Run) -> Found:
    for epoch, seen in run.health.items():
        real, fake = _pair(seen, "real_spread", "fake_spread")
        if fake < COLLAPSED * real:
            yield (
                epoch,
                "The samples are too alike",
                f"Two generated samples differ by {fake:.3g} on average, two "
                f"real ones by {real:.3g}: the generator draws few of the "
                "modes, or one. packing=, MinibatchStandardDeviation, "
                "R3GAN or UnrolledGAN help.",
            )
        if fake > SCATTERED * real:
            yield (
                epoch,
                "The samples scatter too far",
                f"Two generated samples differ by {fake:.3g} on average, two "
                f"real ones by {real:.3g}: the generator is far off the data.",
            )


def _negative(run: Run) -> Found:
    for epoch, logs in run.logs.items():
        for name in ESTIMATES:
            if logs.get(name, 0.0) < TIGHT:
                yield (
                    epoch,
                    f"{name} is negative",
                    f"It came to {logs[name]:.3g}, and estimates what is at "
                    "least 0: the discriminator judges worse than none at "
                    "all. Train it more (n_critic), or faster.",
                )


def _copies(run: Run, last: int) -> list[Alarm]:
    found = (run.record or {}).get("neighbours", {})
    real, fake = _pair(found, "real_to_real", "fake_to_real")
    if not fake < COPIED * real:
        return []
    text = (
        f"A generated sample is {fake:.3g} from the nearest of the data, one "
        f"of the data {real:.3g} from the nearest other: look at the pairs "
        "below, whether they are copies."
    )
    return [Alarm("The samples may be copies", text, (last,), True)]


def _pair(numbers: dict[str, Any], real: str, fake: str) -> tuple[float, float]:
    """Returns two numbers; NaN for a missing one, so that no rule is true."""
    nan = math.nan
    return numbers.get(real, nan), numbers.get(fake, nan)
