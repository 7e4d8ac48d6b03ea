"""Trains a GAN on toy distributions whose modes can be counted.

    python recipes/gaussians.py
    python recipes/gaussians.py --data grid --out runs/grid
    python recipes/gaussians.py --resume

--data ring has 8 Gaussians on a circle, grid has 25, gaussian_pair has two in
one dimension, swiss_roll is a spiral. The pictures are scatter plots of 1,000
samples (a histogram for the pair), and samples.gif shows them move. At the end
10,000 samples are scored, except the spiral's, into scores.json: a sample is
good within 3 standard deviations of its nearest centre, and a mode is found
when at least 20 good samples are its own. A run that was stopped goes on with
--resume. Time and numbers to expect: recipes/README.md.
"""

import argparse
from pathlib import Path

import kgan

import keras

MIXTURES = {
    "ring": kgan.data.ring_of_gaussians,
    "grid": kgan.data.grid_of_gaussians,
    "gaussian_pair": kgan.data.gaussian_pair,
}
# As many as the widest data has dimensions: a plane is bent onto a plane.
LATENT_DIM = 2
# 20,000 updates of the generator: the learning rate of WGAN's paper is small.
EPOCHS = 20
STEPS_PER_EPOCH = 1_000
# SampleGrid's default of 64 points shows no density.
PICTURE_SAMPLES = 1_000
SCORE_SAMPLES = 10_000
# Samples strewn between the modes also hit one now and then.
MIN_SAMPLES_OF_MODE = 20
MODELS = {"gan": kgan.GAN, "nsgan": kgan.NonSaturatingGAN, "wgan": kgan.WGAN}
# Discriminator updates per generator update, as in each objective's paper.
N_CRITIC = {"gan": 1, "nsgan": 1, "wgan": 5}

parser = argparse.ArgumentParser(
    description=__doc__.splitlines()[0],
    formatter_class=argparse.ArgumentDefaultsHelpFormatter,
)
option = parser.add_argument
option(
    "--data",
    choices=(*MIXTURES, "swiss_roll"),
    default="ring",
    help="what to learn",
)
option("--objective", choices=MODELS, default="wgan", help="the game")
option("--epochs", type=int, default=EPOCHS, help="each draws and validates")
option(
    "--steps-per-epoch",
    type=int,
    default=STEPS_PER_EPOCH,
    help="generator updates",
)
option("--batch-size", type=int, default=64, help="real samples per update")
option("--n-critic", type=int, help="None: 5 for wgan, 1 for the others")
option("--clip", type=float, default=0.01, help="bound of wgan's weights")
option(
    "--average",
    type=float,
    default=0.9995,
    help="momentum of wgan's mean generator; 0: none",
)
option("--seed", type=int, default=0, help="of weights, latents, order")
option("--out", type=Path, default=Path("runs/gaussians"), help="folder")
option("--resume", action="store_true", help="go on from --out's last epoch")
args = parser.parse_args()
if args.n_critic is None:
    args.n_critic = N_CRITIC[args.objective]

keras.utils.set_random_seed(args.seed)
data = kgan.data.load(
    args.data, batch_size=args.batch_size, seed=args.seed
).repeat()
held_out = kgan.data.load(
    args.data, "test", batch_size=1_000, shuffle=False
).take(10)
dim = data.element_spec.shape[-1]

gan = MODELS[args.objective](
    kgan.architectures.mlp_generator(output_dim=dim, latent_dim=LATENT_DIM),
    kgan.architectures.mlp_discriminator(input_dim=dim),
    n_critic=args.n_critic,
    seed=args.seed,
)
if args.objective == "wgan" and args.average:
    # The paper's optimizer, with a running mean of the weights that Keras puts
    # in their place at the end of `fit`: the raw generator circles the modes.
    gan.compile(
        generator_optimizer=keras.optimizers.RMSprop(
            5e-5,
            rho=0.99,
            epsilon=1e-16,
            use_ema=True,
            ema_momentum=args.average,
        )
    )
else:
    # The defaults of each paper: RMSprop(5e-5) for wgan, else Adam(2e-4).
    gan.compile()

callbacks = [
    kgan.callbacks.SampleGrid(
        args.out / "samples", num=PICTURE_SAMPLES, animate=True
    ),
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
    validation_data=held_out,
    callbacks=callbacks,
)

if args.data in MIXTURES:
    mixture = MIXTURES[args.data]()
    samples = gan.generate(SCORE_SAMPLES, seed=args.seed)
    coverage = kgan.metrics.ModeCoverage(
        mixture.centres,
        mixture.standard_deviation,
        min_samples=MIN_SAMPLES_OF_MODE,
    )
    coverage.update_state(samples, samples)
    record = kgan.scores.stamp(
        [coverage],
        dataset=args.data,
        split="known density",
        num_real=0,
        num_fake=SCORE_SAMPLES,
        seed=args.seed,
        step=int(gan.optimizer.iterations.numpy()),
        generator=gan.generator,
    )
    kgan.scores.write(record, args.out / "scores.json")
    scores = record["scores"]
    print(
        f"{scores['modes_found']:.0f} of {mixture.num_modes} modes found, "
        f"{scores['good_share']:.1%} of {SCORE_SAMPLES:,} samples good "
        "(scores.json)"
    )
print(
    f"Written to {args.out}: samples/, losses.png, losses.csv, generator.keras "
    "and run.keras (both networks and optimizers; --resume with more --epochs "
    "goes on). To draw more samples:\n"
    f"python -m kgan.sample {args.out}/generator.keras "
    "--num 1000 --seed 1 --out plot.png"
)
