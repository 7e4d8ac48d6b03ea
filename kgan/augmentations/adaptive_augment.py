"""Augmentation whose probability follows a schedule or the discriminator."""

from typing import Any

import keras
from keras import ops

from kgan.arguments import check_number, shown
from kgan.augmentations.augmentation import Augmentation, check_policy
from kgan.augmentations.color_matrices import change_colors
from kgan.augmentations.cut import kept
from kgan.augmentations.overfitting_control import OverfittingControl
from kgan.augmentations.pixel_moves import moved, shifts
from kgan.schedule_ends import check_schedule
from kgan.schedules import Schedule

Tensor = Any
POLICIES = ("mirror", "rotation", "translation", "color", "cutout")
# Drawn uniformly for each sample: numbers, and whether to use them.
NUMBERS = (
    *("mirror", "turns", "down", "right", "luma flip", "hue"),
    *("cut down", "cut right"),
)
CHANCES = (
    *("mirror", "rotation", "translation", "brightness", "contrast"),
    *("luma flip", "hue", "saturation", "cutout"),
)
# Drawn from the normal distribution.
NORMALS = ("brightness", "contrast", "saturation")
LOG = "augmentation_p"


@keras.saving.register_keras_serializable(package="kgan")
class AdaptiveAugment(Augmentation):
    """Mirrors, turns, shifts and recolours images, each with probability p.

    The images are in [-1, 1]. Each sample gets each of these changes
    independently with probability p, in this order:

    - `mirror`: swaps left and right, or not, with equal chance.
    - `rotation`: turns by 0, 1, 2 or 3 quarters of a turn. Images that are
      not square turn by 0 or a half.
    - `translation`: shifts by whole pixels, up to an eighth of the height and
      of the width each way. The image, reflected at its border, moves in.
    - `color`: changes brightness to `x + 0.2 n`, n normal; contrast by the
      factor `2^(0.5 n)`; negates the part along gray, or not; turns the hue
      about gray by any angle; scales the distance from gray by the factor
      `2^n`. Images of one channel get the first three.
    - `cutout`: sets a square of half the height and half the width, centred
      anywhere, to 0.

    With p below about 0.8 the generator does not learn to make augmented
    samples, because most of the data it sees is unchanged. Without a
    `probability`, p starts at 0 and follows the discriminator. After every
    `interval` steps, r is the mean of sign(D(x)) over their real samples, and
    `p += sign(r - target) * interval * batch / images`, within [0, 1].

    p is logged as `augmentation_p`, unless it is a fixed number.

    Reference: Karras et al. 2020, "Training Generative Adversarial Networks
    with Limited Data", sections 2 and 3 and appendix B, without its changes
    by fractions of pixels, its filters and its noise. Its best policy has no
    cutout. Huang et al. 2024 let p follow a cosine schedule from 0 to 0.55.

    Args:
        policy: Names from `"mirror,rotation,translation,color,cutout"`,
            separated by commas. Leave out changes that the data must not
            show, such as rotation for digits.
        probability: Number in [0, 1], a schedule of it, or `None`. With
            `None`, p follows the discriminator. The objective's logits must
            then be above 0 for real samples, as in `GAN`, `NonSaturatingGAN`
            and `HingeGAN`.
        target: Number in (-1, 1) that r should reach.
        interval: Positive integer, the steps between two changes of p.
        images: Number above 0: real images in which p goes from 0 to 1.

    Raises:
        ValueError: If an argument is not as above. When a model is built, if
            its samples are not images, or its logits have no such sign.

    Example:

    ```python
    gan = kgan.NonSaturatingGAN(
        generator,
        discriminator,
        augmentation=kgan.augmentations.AdaptiveAugment("translation,color"),
    )
    rising = kgan.augmentations.AdaptiveAugment(
        probability=kgan.schedules.Cosine(0.0, 0.55, images=20_000_000)
    )
    ```
    """

    def __init__(
        self,
        policy: str = "mirror,rotation,translation,color",
        probability: float | Schedule | None = None,
        target: float = 0.6,
        interval: int = 4,
        images: float = 500_000,
    ):
        self._names = check_policy(policy, POLICIES)
        if isinstance(probability, Schedule):
            check_schedule(
                "probability", probability, "numbers in [0, 1]", _is_chance
            )
        elif probability is not None:
            probability = check_number(
                "probability",
                probability,
                "a number in [0, 1], a schedule of kgan.schedules, or None, "
                "for one that follows the discriminator",
                _is_chance,
            )
        self.policy = policy
        self.probability = probability
        self.control = OverfittingControl(target, interval, images)
        self.watches_logits = probability is None
        fixed = isinstance(probability, float)
        self.log_names = () if fixed else (LOG,)

    def check(self, sample_shape: tuple) -> None:
        if len(sample_shape) != 3 or None in sample_shape[:2]:
            raise ValueError(
                "`augmentation`: AdaptiveAugment changes images of known "
                "size, (height, width, channels). Received: samples of shape "
                f"{sample_shape}."
            )
        if "color" in self._names and sample_shape[2] not in (1, 3):
            raise ValueError(
                "`augmentation`: the colours of AdaptiveAugment are of images "
                "of 1 or 3 channels. Received: samples of shape "
                f"{sample_shape}. Leave `color` out of its policy: "
                f"policy={shown(self.policy)}."
            )

    def build(self, model: keras.Model) -> dict[str, keras.Variable]:
        return self.control.build(model) if self.watches_logits else {}

    def draw(self, random: Any, shape: tuple) -> dict[str, Tensor]:
        """Draws `"uniform"` numbers `(batch, 17)` and `"normal"` ones
        `(batch, 3)`."""
        columns = len(NUMBERS) + len(CHANCES)
        return {
            "uniform": random.uniform((shape[0], columns)),
            "normal": random.normal((shape[0], len(NORMALS))),
        }

    def at(self, draws: Any, images_seen: Any, state: dict) -> Any:
        """Adds p as `"probability"` `(batch, 1)`, unless it is fixed."""
        if isinstance(self.probability, float):
            return draws
        if self.watches_logits:
            p = ops.convert_to_tensor(state["probability"])
        else:
            schedule: Any = self.probability
            p = schedule(ops.convert_to_tensor(images_seen))
        # One per row, since replicas may split the rows.
        return {
            **draws,
            "probability": ops.zeros_like(draws["uniform"][:, :1]) + p,
        }

    def watch(self, state: dict, sign: Tensor) -> None:
        if self.watches_logits:
            self.control.watch(state, sign)

    def move(self, state: dict, batch: Any, n_critic: int) -> None:
        if self.watches_logits:
            self.control.move(state, batch, n_critic)

    def logs(self, draws: Any) -> dict[str, Tensor]:
        return {name: draws["probability"][0, 0] for name in self.log_names}

    def __call__(self, samples: Tensor, draws: Any) -> Tensor:
        p = draws.get("probability", self.probability)
        uniform, normal = draws["uniform"], draws["normal"]
        does = uniform[:, len(NUMBERS) :] < p
        column = {name: uniform[:, i] for i, name in enumerate(NUMBERS)}
        chosen = {name: does[:, i] for i, name in enumerate(CHANCES)}
        noise = {name: normal[:, i] for i, name in enumerate(NORMALS)}
        x = self._move_pixels(samples, column, chosen)
        if "color" in self._names:
            x = change_colors(x, column, chosen, noise)
        if "cutout" in self._names:
            stays = kept(x, 0.5, column["cut down"], column["cut right"])
            cut = ops.reshape(chosen["cutout"], (-1, 1, 1, 1))
            x = ops.where(ops.logical_and(cut, ops.logical_not(stays)), 0.0, x)
        # GPUs round products: samples that are not augmented stay exact.
        untouched = ops.logical_not(ops.any(does, axis=1))
        return ops.where(ops.reshape(untouched, (-1, 1, 1, 1)), samples, x)

    def _move_pixels(self, x: Tensor, column: dict, chosen: dict) -> Tensor:
        names = {"mirror", "rotation", "translation"} & {*self._names}
        if not names:
            return x
        height, width = x.shape[1:3]

        def where(name, number):
            if name not in names:
                return ops.zeros_like(number)
            return ops.where(chosen[name], number, 0.0)

        turns = ops.floor(4.0 * column["turns"])
        if height != width:
            turns = 2.0 * ops.floor(2.0 * column["turns"])
        return moved(
            x,
            where("mirror", column["mirror"]) >= 0.5,
            where("rotation", turns),
            where("translation", shifts(column["down"], height)),
            where("translation", shifts(column["right"], width)),
        )

    def get_config(self) -> dict:
        probability: Any = self.probability
        if isinstance(probability, Schedule):
            probability = keras.saving.serialize_keras_object(probability)
        return {
            "policy": self.policy,
            "probability": probability,
            "target": self.control.target,
            "interval": self.control.interval,
            "images": self.control.images,
        }

    @classmethod
    def from_config(cls, config: dict) -> "AdaptiveAugment":
        probability = config["probability"]
        if isinstance(probability, dict):
            schedule = keras.saving.deserialize_keras_object(probability)
            config = {**config, "probability": schedule}
        return cls(**config)


def _is_chance(number: float) -> bool:
    return 0 <= number <= 1
