"""Trains a GAN on stacked MNIST: 1,000 modes that a classifier can count.

    python recipes/stacked_mnist.py
    python recipes/stacked_mnist.py --objective r3gan --steps 12000

Three random digits are the red, green and blue of one 28x28 image, so that
there are 10 x 10 x 10 modes (tensorflow-datasets downloads 11 MB). At the end a
classifier of digits looks at each channel of 26,000 samples, as in the papers;
modes found and reverse KL are the scores. Expect those of recipes/README.md.
"""

from pathlib import Path

import kgan

import keras
import numpy as np

FILTERS, LATENT_DIM, LEARNING_RATE = 32, 64, 2e-4

parser = kgan.scripts.parser(
    __doc__, out="runs/stacked_mnist", epochs=None, data_dir=True
)
option = parser.add_argument
option("--steps", type=int, default=4_000, help="generator updates")
option("--score-samples", type=int, default=26_000, help="as in the papers")
args = parser.parse_args()
keras.utils.set_random_seed(args.seed)
source = {"batch_size": 1_000, "shuffle": False, "data_dir": args.data_dir}
batches = kgan.data.load("mnist", "train", **source)
digits = np.concatenate(list(batches.as_numpy_iterator()))


def stacks():
    """Yields batches without end, each of three fresh digits per image."""
    random = np.random.default_rng(args.seed)
    while True:
        chosen = random.integers(len(digits), size=(3, args.batch_size))
        yield (np.concatenate([digits[i] for i in chosen], axis=-1),)


shape, norm, arguments, optimizers = (28, 28, 3), "layer", {}, []
if args.objective == "r3gan":
    images = args.steps * args.batch_size
    norm, (arguments, optimizers) = "none", kgan.scripts.small_r3gan(images)
gan = kgan.objectives.build(
    args.objective,
    kgan.architectures.dcgan_generator(shape, LATENT_DIM, FILTERS),
    kgan.architectures.dcgan_discriminator(shape, FILTERS, norm),
    **arguments | {"n_critic": args.n_critic, "seed": args.seed},
)
optimizers = optimizers or kgan.scripts.optimizers(gan, wgan=LEARNING_RATE)
gan.compile(*optimizers)
epochs, callbacks = min(8, args.steps), kgan.scripts.callbacks(args)
steps = args.steps // epochs
gan.fit(stacks(), epochs=epochs, steps_per_epoch=steps, callbacks=callbacks)
classifier = keras.saving.load_model(
    Path(__file__).parents[1] / "saved_models/classifier_mnist.keras"
)
kgan.scores.score_samples(
    gan,
    [kgan.metrics.StackedModeCoverage(classifier)],
    num=args.score_samples,
    seed=args.seed,
    chunk=1_000,
    dataset="stacked mnist",
    split="uniform over 1,000 modes",
    path=args.out / "scores.json",
)
kgan.scripts.report(args.out)
