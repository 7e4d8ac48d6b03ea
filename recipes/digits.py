"""Trains a WGAN on scikit-learn's handwritten digits, without any download.

    python recipes/digits.py --out runs/digits
    python recipes/digits.py --out runs/digits --resume

The shortest way to see a GAN learn: 1,500 scans of 8x8 pixels, enlarged to
16x16, about 3 minutes on 2 CPU cores (`make train` runs this). --out then holds
a picture per epoch and their animation, the losses, the generator and the whole
run. A run that was stopped goes on with --resume. Numbers to expect:
recipes/README.md.
"""

import argparse
from pathlib import Path

import kgan

import keras

# 8x8 enlarged: the smallest size at which DCGAN's nets have two layers each.
IMAGE_SIZE = 16
# Half of kgan's default: a quarter of the arithmetic.
FILTERS = 32
LATENT_DIM = 64
EPOCHS = 5
# A pass over 1,500 digits is 4 steps, too little to draw a picture of.
STEPS_PER_EPOCH = 500
# Ten times the paper's 5e-5, with twice its clip: for small nets on few data,
# digits show after 1,000 steps instead of 10,000.
LEARNING_RATE = 5e-4
CLIP = 0.02

MODELS = {"gan": kgan.GAN, "nsgan": kgan.NonSaturatingGAN, "wgan": kgan.WGAN}
# Discriminator updates per generator update, as in each objective's paper.
N_CRITIC = {"gan": 1, "nsgan": 1, "wgan": 5}

parser = argparse.ArgumentParser(
    description=__doc__.splitlines()[0],
    formatter_class=argparse.ArgumentDefaultsHelpFormatter,
)
option = parser.add_argument
option("--objective", choices=MODELS, default="wgan", help="the game")
option("--epochs", type=int, default=EPOCHS, help="each draws and validates")
option("--steps-per-epoch", type=int, default=STEPS_PER_EPOCH, help="updates")
option("--batch-size", type=int, default=64, help="real images per update")
option("--n-critic", type=int, help="None: 5 for wgan, 1 for the others")
option("--clip", type=float, default=CLIP, help="bound of wgan's weights")
option("--seed", type=int, default=0, help="of weights, latents, order")
option("--out", type=Path, default=Path("runs/digits"), help="folder")
option("--resume", action="store_true", help="go on from --out's last epoch")
args = parser.parse_args()

if args.n_critic is None:
    args.n_critic = N_CRITIC[args.objective]

keras.utils.set_random_seed(args.seed)
data = kgan.data.load(
    "digits",
    image_size=IMAGE_SIZE,
    batch_size=args.batch_size,
    seed=args.seed,
).repeat()
held_out = kgan.data.load(
    "digits",
    "test",
    image_size=IMAGE_SIZE,
    batch_size=args.batch_size,
    shuffle=False,
)

generator = kgan.architectures.dcgan_generator(
    (IMAGE_SIZE, IMAGE_SIZE, 1), LATENT_DIM, FILTERS
)
discriminator = kgan.architectures.dcgan_discriminator(
    (IMAGE_SIZE, IMAGE_SIZE, 1), FILTERS
)
gan = MODELS[args.objective](
    generator, discriminator, n_critic=args.n_critic, seed=args.seed
)
# No download: features of a classifier that recipes/classifier.py trained.
classifier = keras.saving.load_model(
    Path(__file__).parents[1] / "saved_models" / "classifier_digits.keras"
)
distance = kgan.metrics.FrechetDistance(classifier)
if args.objective == "wgan":
    # rho and epsilon are those of the paper's own code: Keras's epsilon of 1e-7
    # would outweigh the tiny gradients of a critic clipped to 0.01.
    gan.compile(
        keras.optimizers.RMSprop(LEARNING_RATE, rho=0.99, epsilon=1e-16),
        keras.optimizers.RMSprop(LEARNING_RATE, rho=0.99, epsilon=1e-16),
        metrics=[distance],
    )
else:
    gan.compile(metrics=[distance])

callbacks = [
    kgan.callbacks.SampleGrid(args.out / "samples", animate=True),
    kgan.callbacks.LossCurve(args.out / "losses.png"),
    # Last, so that a run counts an epoch whose pictures and logs are there.
    kgan.callbacks.Checkpoint(
        args.out,
        resume=args.resume,
        monitor="val_frechet_distance",
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
    dataset="digits",
    split="test",
    image_size=IMAGE_SIZE,
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
