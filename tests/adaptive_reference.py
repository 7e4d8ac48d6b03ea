"""The changes of the adaptive augmentation, image by image in NumPy."""

import numpy as np

from kgan.augmentations.adaptive_augment import CHANCES, NORMALS, NUMBERS

EVERYTHING = "mirror,rotation,translation,color,cutout"


def numbers(batch=40, seed=1, only=None):
    """Draws; with `only`, the one change that has a chance below 1."""
    rng = np.random.default_rng(seed)
    uniform = rng.uniform(size=(batch, len(NUMBERS) + len(CHANCES)))
    if only is not None:
        for index, name in enumerate(CHANCES, len(NUMBERS)):
            if name != only:
                uniform[:, index] = 1.0
    normal = rng.normal(size=(batch, len(NORMALS)))
    return {
        "uniform": uniform.astype("float32"),
        "normal": normal.astype("float32"),
    }


def shifted(x, down, right):
    """By NumPy's own padding, which reflects without the border."""
    height, width, _ = x.shape
    pad = [(abs(down), abs(down)), (abs(right), abs(right)), (0, 0)]
    padded = np.pad(x, pad, mode="reflect")
    top, left = abs(down) - down, abs(right) - right
    return padded[top : top + height, left : left + width]


def recolored(x, d, n, does):
    gray = np.full(3, 1 / np.sqrt(3))
    matrix = np.eye(4)
    if does["brightness"]:
        matrix[:3, 3] += 0.2 * n["brightness"]
    if does["contrast"]:
        matrix[:3] *= 2 ** (0.5 * n["contrast"])
    if does["luma flip"] and d["luma flip"] >= 0.5:
        matrix[:3] = (np.eye(3) - 2 * np.outer(gray, gray)) @ matrix[:3]
    if does["hue"]:
        angle = np.pi * (2 * d["hue"] - 1)
        turn = np.array([np.cos(angle), np.sin(angle)])
        # About gray: in the plane of two vectors at right angles to it.
        a = np.array([1, -1, 0]) / np.sqrt(2)
        b = np.cross(gray, a)
        plane = np.stack([a, b], axis=1)
        rotation = plane @ [[turn[0], -turn[1]], [turn[1], turn[0]]] @ plane.T
        matrix[:3] = (np.outer(gray, gray) + rotation) @ matrix[:3]
    if does["saturation"]:
        along = np.outer(gray, gray)
        rest = (np.eye(3) - along) * 2.0 ** n["saturation"]
        matrix[:3] = (along + rest) @ matrix[:3]
    colors = np.broadcast_to(x, (*x.shape[:2], 3))
    changed = colors @ matrix[:3, :3].T + matrix[:3, 3]
    return changed.mean(axis=2, keepdims=True) if x.shape[2] == 1 else changed


def reference(policy, x, draws, p):
    """All changes in their order, image by image, in float64."""
    names, result = policy.split(","), []
    rows = zip(x.astype("float64"), *draws.values(), strict=True)
    for image, uniform, normal in rows:
        d = dict(zip(NUMBERS, uniform.astype("float64"), strict=False))
        chances = uniform[len(NUMBERS) :]
        does = {
            n: c < np.float32(p) for n, c in zip(CHANCES, chances, strict=True)
        }
        n = dict(zip(NORMALS, normal.astype("float64"), strict=True))
        height, width, _ = image.shape
        if "mirror" in names and does["mirror"] and d["mirror"] >= 0.5:
            image = image[:, ::-1]
        if "rotation" in names and does["rotation"]:
            quarters = int(4 * d["turns"])
            if height != width:
                quarters = 2 * int(2 * d["turns"])
            image = np.rot90(image, quarters)
        if "translation" in names and does["translation"]:
            most = np.array([height, width]) / 8
            share = np.array([d["down"], d["right"]])
            image = shifted(image, *np.rint((2 * share - 1) * most).astype(int))
        if "color" in names:
            image = recolored(image, d, n, does)
        if "cutout" in names and does["cutout"]:
            places = [
                np.abs((np.arange(size) + 0.5) / size - d[f"cut {axis}"])
                for size, axis in ((height, "down"), (width, "right"))
            ]
            inside = (places[0] < 0.25)[:, None] & (places[1] < 0.25)[None]
            image = np.where(inside[..., None], 0.0, image)
        result.append(image)
    return np.array(result)
