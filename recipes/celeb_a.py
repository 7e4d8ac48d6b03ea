"""Trains a GAN on CelebA: 162,770 faces of celebrities, at 64x64 pixels.

    python recipes/celeb_a.py
    python recipes/celeb_a.py --objective nsgan
    python recipes/celeb_a.py --resume

It takes the centre square of each photograph, in colour. tensorflow-datasets
downloads 1.4 GB from Google Drive. If the daily quota there is used up, it says
so; try again the next day. The images, 2 GB at this size, stay in memory. For
files, time and numbers to expect, see recipes/README.md.
"""

import kgan

import keras

SIZE = 64
# Half of kgan's default: a quarter of the arithmetic; take 64 on a GPU.
FILTERS = 32
# DCGAN's 100, rounded up.
LATENT_DIM = 128
# 25,430 updates of the generator with nsgan, 5,080 with wgan.
EPOCHS = 10

args = kgan.scripts.parser(
    __doc__, out="runs/celeb_a", epochs=EPOCHS, data_dir=True
).parse_args()
keras.utils.set_random_seed(args.seed)
source = {
    "image_size": SIZE,
    "batch_size": args.batch_size,
    "data_dir": args.data_dir,
}
data = kgan.data.load("celeb_a", "train", seed=args.seed, **source)
held_out = kgan.data.load("celeb_a", "test[:1000]", shuffle=False, **source)
if args.steps_per_epoch:
    # An epoch may then be longer than one pass over the data.
    data = data.repeat()

gan = kgan.objectives.build(
    args.objective,
    kgan.architectures.dcgan_generator((SIZE, SIZE, 3), LATENT_DIM, FILTERS),
    kgan.architectures.dcgan_discriminator((SIZE, SIZE, 3), FILTERS),
    n_critic=args.n_critic,
    seed=args.seed,
)
# Of the pixels: kgan has no classifier of such images. The optimizers are those
# of each paper: RMSprop(5e-5) for wgan, Adam(2e-4) for nsgan.
gan.compile(metrics=[kgan.metrics.SlicedWasserstein()])
gan.fit(
    data,
    epochs=args.epochs,
    steps_per_epoch=args.steps_per_epoch,
    validation_data=held_out,
    callbacks=kgan.scripts.callbacks(
        args,
        dataset="celeb_a",
        split="test[:1000]",
        image_size=SIZE,
        monitor="val_sliced_wasserstein",
    ),
)
kgan.scripts.report(args.out)
