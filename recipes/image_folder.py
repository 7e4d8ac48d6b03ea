"""Trains a GAN on a folder of image files.

    python recipes/image_folder.py photos
    python recipes/image_folder.py scans --size 28 --channels 1 --out runs/scans
    python recipes/image_folder.py photos --resume

It takes every jpg, png, bmp and gif below the folder, and resizes the centre
square to --size: 4, 5, 6 or 7 doubled up to five times, from 8 to 128. If the
folder has a subfolder train, only that is taken. A step of wgan needs 5
batches: with fewer than 320 images pass a smaller --batch-size. For files, time
and numbers to expect, see recipes/README.md.
"""

from pathlib import Path

import kgan

import keras

# Half of kgan's default: a quarter of the arithmetic; take 64 on a GPU.
FILTERS = 32
# DCGAN's 100, rounded up.
LATENT_DIM = 128
# For some ten thousand images; a small folder needs more, or --steps-per-epoch.
EPOCHS = 100

parser = kgan.scripts.parser(__doc__, out="runs/image_folder", epochs=EPOCHS)
option = parser.add_argument
option("folder", metavar="FOLDER", type=Path, help="where the images are")
option("--size", type=int, default=64, help="side of the images, in pixels")
option("--channels", type=int, choices=(1, 3), help="None: as in the files")
args = parser.parse_args()
keras.utils.set_random_seed(args.seed)
data = kgan.data.load(
    args.folder,
    image_size=args.size,
    batch_size=args.batch_size,
    channels=args.channels,
    seed=args.seed,
)
image_shape = tuple(data.element_spec.shape[1:])
if args.steps_per_epoch:
    # An epoch may then be longer than one pass over the data.
    data = data.repeat()

gan = kgan.objectives.build(
    args.objective,
    kgan.architectures.dcgan_generator(image_shape, LATENT_DIM, FILTERS),
    kgan.architectures.dcgan_discriminator(image_shape, FILTERS),
    n_critic=args.n_critic,
    seed=args.seed,
)
# The defaults of each paper: RMSprop(5e-5) for wgan, Adam(2e-4) for nsgan.
gan.compile()
gan.fit(
    data,
    epochs=args.epochs,
    steps_per_epoch=args.steps_per_epoch,
    callbacks=kgan.scripts.callbacks(args),
)
kgan.scripts.report(args.out)
