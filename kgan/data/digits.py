"""scikit-learn's embedded handwritten digits, which need no download."""

import typing

import numpy as np

if typing.TYPE_CHECKING:
    import tensorflow as tf

SPLITS = ("train", "test", "all")
NUM_TEST = 297


def digits_examples(split: str) -> "tf.data.Dataset":
    """Returns the 1,797 scans of 8x8 pixels as uint8 images with their digits.

    Args:
        split: `"test"` (297 scans, held out in proportion to the digits),
            `"train"` (the other 1,500) or `"all"`.

    Returns:
        A data set of `(image, label)`. The image is uint8 `(8, 8, 1)`, with the
        stored 0..16 stretched to 0..255. The label is int32.

    Raises:
        ValueError: If `split` is not one of the three.

    Example:
        >>> len(digits_examples("train"))
        1500
    """
    if split not in SPLITS:
        raise ValueError(
            f"`split` of 'digits' must be one of {SPLITS}. "
            f"Received: split={split!r}"
        )
    import tensorflow as tf
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    scans, digits = load_digits(return_X_y=True)
    indices = np.arange(len(digits))
    train, test = train_test_split(
        indices, test_size=NUM_TEST, stratify=digits, random_state=0
    )
    chosen = np.sort({"train": train, "test": test, "all": indices}[split])
    images = np.round(scans[chosen].reshape(-1, 8, 8, 1) * (255 / 16))
    return tf.data.Dataset.from_tensor_slices(
        (images.astype("uint8"), digits[chosen].astype("int32"))
    )
