"""Trains a VQ-VAE with a prior of its codes, on digits or MNIST.

    python recipes/vq_vae.py
    python recipes/vq_vae.py --data mnist --out runs/vq_vae_mnist
    python recipes/vq_vae.py --resume

A VQ-VAE is a neighbour of the games. Images become grids of codes, and a prior
of the codes is learned beside them. For files, time and numbers to expect, see
recipes/README.md.
"""

from pathlib import Path

import kgan

import keras
from keras.layers import Conv2D, Conv2DTranspose

# By data: side of an image, and the part held out.
DATA = {"digits": (16, "test"), "mnist": (28, "test[:1000]")}
FILTERS, NUM_CODES, CODE_DIM = 32, 64, 8
EPOCHS, STEPS_PER_EPOCH = 5, 500
# Six times the authors' 3e-4, for small networks and few steps.
LEARNING_RATE = 2e-3
# About that of the pixels of both, in [-1, 1].
DATA_VARIANCE = 0.4

parser = kgan.scripts.parser(
    __doc__,
    out="runs/vq_vae",
    epochs=EPOCHS,
    steps_per_epoch=STEPS_PER_EPOCH,
    data_dir=True,
    objective=None,
)
parser.add_argument("--data", choices=DATA, default="digits", help="images")
args = parser.parse_args()
keras.utils.set_random_seed(args.seed)
size, part = DATA[args.data]
source = {"image_size": size, "batch_size": args.batch_size}
source["data_dir"] = args.data_dir
data = kgan.data.load(args.data, seed=args.seed, **source).repeat()
held_out = kgan.data.load(args.data, part, shuffle=False, **source)

half = {"strides": 2, "padding": "same"}
encoder = keras.Sequential([keras.Input((size, size, 1))])
encoder.add(Conv2D(FILTERS, 4, activation="relu", **half))
encoder.add(Conv2D(2 * FILTERS, 4, activation="relu", **half))
encoder.add(Conv2D(CODE_DIM, 3, padding="same"))
decoder = keras.Sequential([keras.Input((size // 4, size // 4, CODE_DIM))])
decoder.add(Conv2D(2 * FILTERS, 3, padding="same", activation="relu"))
decoder.add(Conv2DTranspose(FILTERS, 4, activation="relu", **half))
decoder.add(Conv2DTranspose(1, 4, activation="tanh", **half))

variance = {"data_variance": DATA_VARIANCE, "seed": args.seed}
model = kgan.VQVAE(encoder, decoder, NUM_CODES, CODE_DIM, **variance)
folder = Path(__file__).parents[1] / "saved_models"
classifier = keras.saving.load_model(folder / f"classifier_{args.data}.keras")
distance = kgan.metrics.FrechetDistance(classifier)
model.compile(keras.optimizers.Adam(LEARNING_RATE), metrics=[distance])
callbacks = {"dataset": args.data, "split": part, "image_size": size}
callbacks["monitor"] = "val_frechet_distance"
model.fit(
    data,
    epochs=args.epochs,
    steps_per_epoch=args.steps_per_epoch,
    validation_data=held_out,
    callbacks=kgan.scripts.callbacks(args, **callbacks),
)
kgan.scripts.report(args.out)
