"""Trains a GAN on a folder of image files.

    python recipes/image_folder.py photos
    python recipes/image_folder.py scans --size 28 --channels 1 --out runs/scans
    python recipes/image_folder.py photos --resume

Every jpg, png, bmp and gif below the folder is taken, its centre square resized
to --size: 4, 5, 6 or 7 doubled up to five times, from 8 to 128. A folder called
train inside is taken alone. A step of wgan needs 5 batches: with fewer than 320
images pass a smaller --batch-size. The folder of --out then holds a picture per
epoch, the losses, the generator and the whole run. A run that was stopped goes
on with --resume. Time and numbers to expect: recipes/README.md.
"""

import argparse
from pathlib import Path

import kgan

import keras

# Half of kgan's default: a quarter of the arithmetic; take 64 on a GPU.
FILTERS = 32
# DCGAN's 100, rounded up.
LATENT_DIM = 128
# For some ten thousand images; a small folder needs more, or --steps-per-epoch.
EPOCHS = 100

MODELS = {"gan": kgan.GAN, "nsgan": kgan.NonSaturatingGAN, "wgan": kgan.WGAN}
# Discriminator updates per generator update, as in each objective's paper.
N_CRITIC = {"gan": 1, "nsgan": 1, "wgan": 5}

parser = argparse.ArgumentParser(
    description=__doc__.splitlines()[0],
    formatter_class=argparse.ArgumentDefaultsHelpFormatter,
)
option = parser.add_argument
option("folder", metavar="FOLDER", type=Path, help="where the images are")
option("--size", type=int, default=64, help="side of the images, in pixels")
option("--channels", type=int, choices=(1, 3), help="None: as in the files")
option("--objective", choices=MODELS, default="wgan", help="the game")
option("--epochs", type=int, default=EPOCHS, help="each draws and validates")
option("--steps-per-epoch", type=int, help="None: one pass over the data")
option("--batch-size", type=int, default=64, help="real images per update")
option("--n-critic", type=int, help="None: 5 for wgan, 1 for the others")
option("--clip", type=float, default=0.01, help="bound of wgan's weights")
option("--seed", type=int, default=0, help="of weights, latents, order")
option("--out", type=Path, default=Path("runs/image_folder"), help="folder")
option("--resume", action="store_true", help="go on from --out's last epoch")
args = parser.parse_args()

if args.n_critic is None:
    args.n_critic = N_CRITIC[args.objective]

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

generator = kgan.architectures.dcgan_generator(image_shape, LATENT_DIM, FILTERS)
discriminator = kgan.architectures.dcgan_discriminator(image_shape, FILTERS)
gan = MODELS[args.objective](
    generator, discriminator, n_critic=args.n_critic, seed=args.seed
)
# The defaults of each paper: RMSprop(5e-5) for wgan, Adam(2e-4) for the others.
gan.compile()

callbacks = [
    kgan.callbacks.SampleGrid(args.out / "samples"),
    kgan.callbacks.LossCurve(args.out / "losses.png"),
    # Last, so that a run counts an epoch whose pictures and logs are there.
    kgan.callbacks.Checkpoint(args.out, resume=args.resume),
]
if args.objective == "wgan":
    # First, so that the loss curve sees the share of clipped weights.
    callbacks.insert(0, kgan.callbacks.WeightClip(args.clip))
gan.fit(
    data,
    epochs=args.epochs,
    steps_per_epoch=args.steps_per_epoch,
    callbacks=callbacks,
)

print(
    f"Written to {args.out}: samples/, losses.png, losses.csv, generator.keras "
    "and run.keras (both networks and optimizers; --resume with more --epochs "
    "goes on). To draw more samples:\n"
    f"python -m kgan.sample {args.out}/generator.keras "
    "--num 64 --seed 1 --out grid.png"
)
