"""Augmentations of what the discriminator sees: one file each."""

from kgan.augmentations.adaptive_augment import (
    AdaptiveAugment as AdaptiveAugment,
)
from kgan.augmentations.augmentation import Augmentation as Augmentation
from kgan.augmentations.diff_augment import DiffAugment as DiffAugment
