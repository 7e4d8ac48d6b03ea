"""Trains a GAN on CIFAR-10: 50,000 photographs of ten kinds of things.

    python recipes/cifar10.py
    python recipes/cifar10.py --objective nsgan
    python recipes/cifar10.py --resume

32x32 pixels, colour. tensorflow-datasets downloads 160 MB and prepares them at
the first use. --name takes another of its data sets of 32x32 colour images, or
one that is prepared in --data-dir. The folder of --out then holds a picture per
epoch, the losses, the generator and the whole run. A run that was stopped goes
on with --resume. Time and numbers to expect: recipes/README.md.
"""

import argparse
from pathlib import Path

import kgan

import keras

# Half of kgan's default: a quarter of the arithmetic; take 64 on a GPU.
FILTERS = 32
# DCGAN's 100, rounded up: photographs vary in more ways than digits do.
LATENT_DIM = 128
# 31,240 updates of the generator with nsgan, 6,240 with wgan.
EPOCHS = 40

MODELS = {"gan": kgan.GAN, "nsgan": kgan.NonSaturatingGAN, "wgan": kgan.WGAN}
# Discriminator updates per generator update, as in each objective's paper.
N_CRITIC = {"gan": 1, "nsgan": 1, "wgan": 5}

parser = argparse.ArgumentParser(
    description=__doc__.splitlines()[0],
    formatter_class=argparse.ArgumentDefaultsHelpFormatter,
)
option = parser.add_argument
option("--name", default="cifar10", help="of tensorflow-datasets")
option("--objective", choices=MODELS, default="wgan", help="the game")
option("--epochs", type=int, default=EPOCHS, help="each draws and validates")
option("--steps-per-epoch", type=int, help="None: one pass over the data")
option("--batch-size", type=int, default=64, help="real images per update")
option("--n-critic", type=int, help="None: 5 for wgan, 1 for the others")
option("--clip", type=float, default=0.01, help="bound of wgan's weights")
option("--data-dir", help="None: that of tensorflow-datasets")
option("--seed", type=int, default=0, help="of weights, latents, order")
option("--out", type=Path, default=Path("runs/cifar10"), help="folder")
option("--resume", action="store_true", help="go on from --out's last epoch")
args = parser.parse_args()

if args.n_critic is None:
    args.n_critic = N_CRITIC[args.objective]

keras.utils.set_random_seed(args.seed)
data = kgan.data.load(
    args.name,
    "train",
    batch_size=args.batch_size,
    seed=args.seed,
    data_dir=args.data_dir,
)
held_out = kgan.data.load(
    args.name,
    "test[:1000]",
    batch_size=args.batch_size,
    shuffle=False,
    data_dir=args.data_dir,
)
if args.steps_per_epoch:
    # An epoch may then be longer than one pass over the data.
    data = data.repeat()

generator = kgan.architectures.dcgan_generator((32, 32, 3), LATENT_DIM, FILTERS)
discriminator = kgan.architectures.dcgan_discriminator((32, 32, 3), FILTERS)
gan = MODELS[args.objective](
    generator, discriminator, n_critic=args.n_critic, seed=args.seed
)
# Of the pixels: no network that knows such images is at hand.
distance = kgan.metrics.SlicedWasserstein()
# The defaults of each paper: RMSprop(5e-5) for wgan, Adam(2e-4) for the others.
gan.compile(metrics=[distance])

callbacks = [
    kgan.callbacks.SampleGrid(args.out / "samples"),
    kgan.callbacks.LossCurve(args.out / "losses.png"),
    # Last, so that a run counts an epoch whose pictures and logs are there.
    kgan.callbacks.Checkpoint(
        args.out,
        resume=args.resume,
        monitor="val_sliced_wasserstein",
        mode="min",
    ),
]
if args.objective == "wgan":
    # First, so that the loss curve sees the share of clipped weights.
    callbacks.insert(0, kgan.callbacks.WeightClip(args.clip))
gan.fit(
    data,
    epochs=args.epochs,
    steps_per_epoch=args.steps_per_epoch,
    validation_data=held_out,
    callbacks=callbacks,
)

# The score, with all that another one must agree in to be compared with it.
gan.evaluate(held_out, verbose=0)
record = kgan.scores.stamp(
    [distance],
    dataset=args.name,
    split="test[:1000]",
    num_real=distance.counts["real"],
    num_fake=distance.counts["fake"],
    seed=args.seed,
    step=int(gan.optimizer.iterations.numpy()),
    generator=gan.generator,
)
kgan.scores.write(record, args.out / "scores.json")
print(
    f"Written to {args.out}: samples/, losses.png, losses.csv, scores.json, "
    "generator.keras, best_generator.keras and run.keras (both networks and "
    "optimizers; --resume with more --epochs goes on). To draw more samples:\n"
    f"python -m kgan.sample {args.out}/generator.keras "
    "--num 64 --seed 1 --out grid.png"
)
