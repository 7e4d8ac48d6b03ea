"""Trains a GAN on every device of every machine of a job.

    python recipes/many_devices.py
    torchrun --nproc-per-node 2 recipes/many_devices.py

It trains on the digits of digits.py, with everything inside
`kgan.distribution.scope()`. By default it takes the devices of this machine: on
PyTorch one, where torchrun starts a process for each. docs/scaling.md has the
commands for several machines. A job that lost a machine resumes from its last
epoch if you start it again with --resume and the same --out, a folder that all
machines see.
"""

import argparse
from pathlib import Path

import kgan

import keras

IMAGE_SIZE = 16
FILTERS = 32
LATENT_DIM = 64
# As in digits.py: ten times the paper's rate, with twice its clip.
LEARNING_RATE = 5e-4
CLIP = 0.02

parser = argparse.ArgumentParser(
    description=__doc__.splitlines()[0],
    formatter_class=argparse.ArgumentDefaultsHelpFormatter,
)
option = parser.add_argument
option("--epochs", type=int, default=5, help="each draws and saves")
option("--steps-per-epoch", type=int, default=500, help="updates")
option("--batch-size", type=int, default=64, help="of all devices together")
option("--n-critic", type=int, default=5, help="critic updates per step")
option("--precision", default="float32", help="or mixed_bfloat16")
option("--seed", type=int, default=0, help="of weights, latents, order")
option("--out", type=Path, default=Path("runs/many_devices"), help="folder")
option("--resume", action="store_true", help="go on from --out's last epoch")
args = parser.parse_args()

keras.utils.set_random_seed(args.seed)
keras.config.set_dtype_policy(args.precision)

# First of all: the processes must find each other before anything is computed.
with kgan.distribution.scope():
    # Every process reads all of the data; kgan takes its share of each batch.
    data = kgan.data.load(
        "digits",
        image_size=IMAGE_SIZE,
        batch_size=args.batch_size,
        seed=args.seed,
    ).repeat()
    shape = (IMAGE_SIZE, IMAGE_SIZE, 1)
    gan = kgan.WGAN(
        kgan.architectures.dcgan_generator(shape, LATENT_DIM, FILTERS),
        kgan.architectures.dcgan_discriminator(shape, FILTERS),
        n_critic=args.n_critic,
        seed=args.seed,
    )
    gan.compile(*kgan.scripts.optimizers(gan, wgan=LEARNING_RATE))
    gan.fit(
        data,
        epochs=args.epochs,
        steps_per_epoch=args.steps_per_epoch,
        callbacks=[
            kgan.callbacks.WeightClip(CLIP),
            kgan.callbacks.SampleGrid(args.out / "samples"),
            kgan.callbacks.LossCurve(args.out / "losses.png"),
            kgan.callbacks.Checkpoint(args.out, resume=args.resume),
        ],
    )

if kgan.distribution.process_index() == 0:
    print(
        f"Trained on {kgan.distribution.num_replicas()} devices of "
        f"{kgan.distribution.num_processes()} processes."
    )
    kgan.scripts.report(args.out)
