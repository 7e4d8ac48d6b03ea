"""Trains a VAE with a flow as prior, on digits or MNIST.

    python recipes/flow_vae.py
    python recipes/flow_vae.py --data mnist --out runs/flow_vae_mnist
    python recipes/flow_vae.py --resume

A VAE is a neighbour of the games, whose likelihood has a bound: `bits_per_dim`
in the logs. For files, time and numbers to expect, see recipes/README.md.
"""

from pathlib import Path

import kgan

import keras
from keras.layers import Conv2D, Conv2DTranspose, Dense, Flatten, Reshape

# By data: side of an image, and the part held out.
DATA = {"digits": (16, "test"), "mnist": (28, "test[:1000]")}
FILTERS, LATENT_DIM, COUPLINGS = 32, 16, 6
# Of 8-bit pixels.
LEVELS = 256
EPOCHS, STEPS_PER_EPOCH = 5, 500
LEARNING_RATE = 2e-3

parser = kgan.scripts.parser(
    __doc__,
    out="runs/flow_vae",
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
encoder.add(Flatten())
encoder.add(Dense(2 * LATENT_DIM))
decoder = keras.Sequential([keras.Input((LATENT_DIM,))])
decoder.add(Dense(size**2 // 16 * 2 * FILTERS, activation="relu"))
decoder.add(Reshape((size // 4, size // 4, 2 * FILTERS)))
decoder.add(Conv2DTranspose(FILTERS, 4, activation="relu", **half))
decoder.add(Conv2DTranspose(1, 4, activation="tanh", **half))

flow = kgan.autoencoders.RealNVP(LATENT_DIM, COUPLINGS)
model = kgan.FlowVAE(encoder, decoder, flow, levels=LEVELS, seed=args.seed)
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
