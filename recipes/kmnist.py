"""Trains a GAN on Kuzushiji-MNIST: 60,000 cursive Japanese characters.

    python recipes/kmnist.py
    python recipes/kmnist.py --objective nsgan
    python recipes/kmnist.py --resume

They are grey, of 28x28 pixels. tensorflow-datasets downloads 20 MB and prepares
them at the first use. For files, time and numbers to expect, see
recipes/README.md.
"""

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
    __doc__, out="runs/kmnist", epochs=EPOCHS, data_dir=True
).parse_args()
keras.utils.set_random_seed(args.seed)
source = {"batch_size": args.batch_size, "data_dir": args.data_dir}
data = kgan.data.load("kmnist", "train", seed=args.seed, **source)
held_out = kgan.data.load("kmnist", "test[:1000]", shuffle=False, **source)
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
# Of the pixels: kgan has no classifier of such images.
distance = kgan.metrics.SlicedWasserstein()
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
        dataset="kmnist",
        split="test[:1000]",
        monitor="val_sliced_wasserstein",
    ),
)
kgan.scripts.report(args.out)
