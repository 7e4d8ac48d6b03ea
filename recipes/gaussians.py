"""Trains a GAN on toy distributions whose modes can be counted.

    python recipes/gaussians.py
    python recipes/gaussians.py --data grid --out runs/grid
    python recipes/gaussians.py --resume

--data ring has 8 Gaussians on a circle, grid has 25, gaussian_pair has two in
one dimension, and swiss_roll is a spiral. Pictures are scatter plots (a
histogram for the pair), and samples.gif shows them move. At the end 10,000
samples are scored, except the spiral's. A sample is good within 3 standard
deviations of its nearest centre. A mode is found with at least 20 good samples,
more than stray ones reach by chance. For files, time and numbers to expect, see
recipes/README.md.
"""

import kgan

import keras

MIXTURES = {
    "ring": kgan.data.ring_of_gaussians(),
    "grid": kgan.data.grid_of_gaussians(),
    "gaussian_pair": kgan.data.gaussian_pair(),
}
# 20,000 updates of the generator: the learning rate of WGAN's paper is small.
parser = kgan.scripts.parser(
    __doc__, out="runs/gaussians", epochs=20, steps_per_epoch=1_000
)
option = parser.add_argument
option("--data", choices=(*MIXTURES, "swiss_roll"), default="ring", help="what")
option("--average", type=float, default=0.9995, help="wgan's; 0: none")
args = parser.parse_args()
keras.utils.set_random_seed(args.seed)
data = kgan.data.load(args.data, batch_size=args.batch_size, seed=args.seed)
held_out = kgan.data.load(args.data, "test", batch_size=1_000, shuffle=False)
dim = data.element_spec.shape[-1]

gan = kgan.objectives.build(
    args.objective,
    # A plane is bent onto a plane.
    kgan.architectures.mlp_generator(output_dim=dim, latent_dim=2),
    kgan.architectures.mlp_discriminator(input_dim=dim),
    n_critic=args.n_critic,
    seed=args.seed,
    # The raw generator of wgan circles the modes.
    average=(args.objective == "wgan" and args.average) or None,
)
gan.compile()
gan.fit(
    data.repeat(),
    epochs=args.epochs,
    steps_per_epoch=args.steps_per_epoch,
    validation_data=held_out.take(10),
    # 64 points, the default, show no density.
    callbacks=kgan.scripts.callbacks(args, num=1_000, animate=True),
)
if mixture := MIXTURES.get(args.data):
    centres, deviation = mixture.centres, mixture.standard_deviation
    kgan.scores.score_samples(
        gan,
        [kgan.metrics.ModeCoverage(centres, deviation, min_samples=20)],
        num=10_000,
        seed=args.seed,
        dataset=args.data,
        split="known density",
        path=args.out / "scores.json",
    )
kgan.scripts.report(args.out, num=1_000, picture="plot.png")
