"""Trains a GAN on Fashion-MNIST: 60,000 pictures of clothes.

    python recipes/fashion_mnist.py
    python recipes/fashion_mnist.py --objective nsgan
    python recipes/fashion_mnist.py --resume

They are grey, of 28x28 pixels. tensorflow-datasets downloads 30 MB and prepares
them at the first use. For files, time and numbers to expect, see
recipes/README.md.
"""

from pathlib import Path

import kgan

import keras

# Half of kgan's default: a quarter of the arithmetic, and 28x28 needs no more.
FILTERS = 32
# Twice this only lengthens the first layer, the largest of the generator.
LATENT_DIM = 64
# 18,740 updates of the generator with nsgan, 3,740 with wgan.
EPOCHS = 20
# Four times the paper's 5e-5, of wgan alone: a quarter of the steps.
LEARNING_RATE = 2e-4

args = kgan.scripts.parser(
    __doc__, out="runs/fashion_mnist", epochs=EPOCHS, data_dir=True
).parse_args()
keras.utils.set_random_seed(args.seed)
source = {"batch_size": args.batch_size, "data_dir": args.data_dir}
data = kgan.data.load("fashion_mnist", "train", seed=args.seed, **source)
held_out = kgan.data.load(
    "fashion_mnist", "test[:1000]", shuffle=False, **source
)
if args.steps_per_epoch:
    # An epoch may then be longer than one pass over the data.
    data = data.repeat()

gan = kgan.objectives.build(
    args.objective,
    kgan.architectures.dcgan_generator((28, 28, 1), LATENT_DIM, FILTERS),
    kgan.architectures.dcgan_discriminator((28, 28, 1), FILTERS),
    n_critic=args.n_critic,
    seed=args.seed,
)
# No download: features of a classifier that recipes/classifier.py trained.
classifier = keras.saving.load_model(
    Path(__file__).parents[1] / "saved_models/classifier_fashion_mnist.keras"
)
distance = kgan.metrics.FrechetDistance(classifier)
gan.compile(
    *kgan.scripts.optimizers(gan, wgan=LEARNING_RATE), metrics=[distance]
)
gan.fit(
    data,
    epochs=args.epochs,
    steps_per_epoch=args.steps_per_epoch,
    validation_data=held_out,
    callbacks=kgan.scripts.callbacks(
        args,
        dataset="fashion_mnist",
        split="test[:1000]",
        monitor="val_frechet_distance",
    ),
)
kgan.scripts.report(args.out)
