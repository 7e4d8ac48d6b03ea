"""Trains the small classifier whose features judge samples without downloads.

    python recipes/classifier.py
    python recipes/classifier.py --data fashion_mnist --out runs/fashion
    python recipes/classifier.py --data digits --out runs/digits_classifier

Distances between sets of images are measured between features. Inception's
features need a download and 299x299 colour images. This network learns its
features from the labels of the same data, in two minutes. A 28x28 image costs
it 1.2 million multiply-adds: cheap enough to score a generator in every epoch.

--out then holds classifier.keras (images in [-1, 1] to [features, logits], for
inference), scores.json and confusion.png. For the accuracy to expect, see
recipes/README.md.
"""

import argparse
from pathlib import Path

import kgan

import keras
import numpy as np
from matplotlib.figure import Figure
from sklearn.metrics import confusion_matrix

# Few, so that a thousand samples estimate their covariance well.
NUM_FEATURES = 64
NUM_CLASSES = 10
# On the features alone: none may decide alone.
DROPOUT = 0.25
LEARNING_RATE = 2e-3
# A pass over digits is 12 updates, over the others 469.
EPOCHS = {"mnist": 10, "fashion_mnist": 10, "digits": 60}
# Digits are 8x8, enlarged as in recipes/digits.py; the others stay 28x28.
IMAGE_SIZE = {"mnist": 28, "fashion_mnist": 28, "digits": 16}
DIGITS = [str(digit) for digit in range(NUM_CLASSES)]
# In the order of the labels.
CLASS_NAMES = {
    "mnist": DIGITS,
    "fashion_mnist": [
        *("T-shirt", "trousers", "pullover", "dress", "coat"),
        *("sandal", "shirt", "sneaker", "bag", "ankle boot"),
    ],
    "digits": DIGITS,
}

parser = argparse.ArgumentParser(
    description=__doc__.splitlines()[0],
    formatter_class=argparse.ArgumentDefaultsHelpFormatter,
)
option = parser.add_argument
option("--data", choices=EPOCHS, default="mnist", help="what to tell apart")
option("--epochs", type=int, help="None: 10, of digits 60")
option("--batch-size", type=int, default=128, help="images per update")
option("--data-dir", help="None: that of tensorflow-datasets")
option("--seed", type=int, default=0, help="of weights, dropout, order")
option("--out", type=Path, default=Path("runs/classifier"), help="folder")
args = parser.parse_args()
if args.epochs is None:
    args.epochs = EPOCHS[args.data]

keras.utils.set_random_seed(args.seed)
data = kgan.data.load(
    args.data,
    "train",
    IMAGE_SIZE[args.data],
    args.batch_size,
    labels=True,
    seed=args.seed,
    data_dir=args.data_dir,
)
held_out = kgan.data.load(
    args.data,
    "test",
    IMAGE_SIZE[args.data],
    batch_size=1_000,
    labels=True,
    shuffle=False,
    data_dir=args.data_dir,
)

images = keras.Input((IMAGE_SIZE[args.data], IMAGE_SIZE[args.data], 1))
x = keras.layers.Conv2D(32, 3, 2, "same", activation="relu")(images)
x = keras.layers.Conv2D(64, 3, 2, "same", activation="relu")(x)
x = keras.layers.Flatten()(x)
features = keras.layers.Dense(NUM_FEATURES, activation="relu", name="features")(
    x
)
to_logits = keras.layers.Dense(NUM_CLASSES, name="logits")
# The same layers twice: the model to save is neither compiled nor has dropout.
classifier = keras.Model(
    images, [features, to_logits(features)], name="classifier"
)
in_training = keras.Model(
    images, to_logits(keras.layers.Dropout(DROPOUT)(features))
)
in_training.compile(
    # Falls to 0, so that the last epoch is the one to keep.
    keras.optimizers.Adam(
        keras.optimizers.schedules.CosineDecay(
            LEARNING_RATE, args.epochs * len(data)
        )
    ),
    keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
# kgan.data has shuffled them.
in_training.fit(data, epochs=args.epochs, shuffle=False, verbose=2)

args.out.mkdir(parents=True, exist_ok=True)
classifier.save(args.out / "classifier.keras")

test_images, test_labels = map(
    np.concatenate, zip(*held_out.as_numpy_iterator(), strict=True)
)
_, logits = classifier.predict(test_images, verbose=0)
predicted = logits.argmax(axis=1)
num_correct = int(np.sum(predicted == test_labels))
accuracy = num_correct / len(test_labels)
record = kgan.scores.stamp(
    scores={"test_accuracy": accuracy},
    protocol={},
    dataset=args.data,
    split="test",
    image_size=IMAGE_SIZE[args.data],
    num_real=len(test_labels),
    num_fake=0,
    seed=args.seed,
    step=args.epochs * len(data),
)
kgan.scores.write(record, args.out / "scores.json")

# Rows are true classes and add up to 100 %.
shares = 100 * confusion_matrix(
    test_labels, predicted, labels=range(NUM_CLASSES), normalize="true"
)
figure = Figure(figsize=(6.4, 5.4), dpi=120, layout="constrained")
axes = figure.add_subplot()
picture = axes.imshow(shares, cmap="cividis", vmin=0, vmax=100)
for (row, column), share in np.ndenumerate(shares):
    if share >= 0.05:
        color = "black" if share > 50 else "white"
        axes.text(
            column,
            row,
            f"{share:.1f}",
            color=color,
            size=8,
            ha="center",
            va="center",
        )
axes.set_xticks(
    range(NUM_CLASSES), CLASS_NAMES[args.data], rotation=45, ha="right"
)
axes.set_yticks(range(NUM_CLASSES), CLASS_NAMES[args.data])
axes.set_xlabel("predicted class")
axes.set_ylabel("true class")
figure.colorbar(picture, label="share of the true class (%)")
figure.savefig(args.out / "confusion.png", bbox_inches="tight")

print(
    f"Written to {args.out}: classifier.keras, scores.json and confusion.png. "
    f"{num_correct:,} of {len(test_labels):,} test images are classified "
    f"correctly ({accuracy:.2%})."
)
