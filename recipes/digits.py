"""Trains a WGAN on scikit-learn's handwritten digits, without any download.

    python recipes/digits.py --out runs/digits
    python recipes/digits.py --out runs/digits --resume

This is the shortest way to see a GAN learn: 1,500 scans of 8x8 pixels, enlarged
to 16x16, in about 2 minutes on 2 CPU cores. `make train` runs it. For files,
time and numbers to expect, see recipes/README.md.
"""

from pathlib import Path

import kgan

import keras

# 8x8 enlarged: the smallest size at which DCGAN's nets have two layers each.
SIZE = 16
# Half of kgan's default: a quarter of the arithmetic.
FILTERS = 32
LATENT_DIM = 64
# A pass over 1,500 digits is 4 steps, too little to draw a picture of.
EPOCHS, STEPS_PER_EPOCH = 5, 500
# Ten times the paper's 5e-5, with twice its clip: for small nets on few data,
# digits show after 1,000 steps instead of 10,000.
LEARNING_RATE, CLIP = 5e-4, 0.02

args = kgan.scripts.parser(
    __doc__,
    out="runs/digits",
    epochs=EPOCHS,
    steps_per_epoch=STEPS_PER_EPOCH,
    clip=CLIP,
).parse_args()
keras.utils.set_random_seed(args.seed)
source = {"image_size": SIZE, "batch_size": args.batch_size}
data = kgan.data.load("digits", seed=args.seed, **source).repeat()
held_out = kgan.data.load("digits", "test", shuffle=False, **source)

gan = kgan.objectives.build(
    args.objective,
    kgan.architectures.dcgan_generator((SIZE, SIZE, 1), LATENT_DIM, FILTERS),
    kgan.architectures.dcgan_discriminator((SIZE, SIZE, 1), FILTERS),
    n_critic=args.n_critic,
    seed=args.seed,
)
# No download: features of a classifier that recipes/classifier.py trained.
classifier = keras.saving.load_model(
    Path(__file__).parents[1] / "saved_models/classifier_digits.keras"
)
gan.compile(
    *kgan.scripts.optimizers(gan, wgan=LEARNING_RATE),
    metrics=[kgan.metrics.FrechetDistance(classifier)],
)
gan.fit(
    data,
    epochs=args.epochs,
    steps_per_epoch=args.steps_per_epoch,
    validation_data=held_out,
    callbacks=kgan.scripts.callbacks(
        args,
        dataset="digits",
        image_size=SIZE,
        monitor="val_frechet_distance",
        animate=True,
    ),
)
kgan.scripts.report(args.out)
