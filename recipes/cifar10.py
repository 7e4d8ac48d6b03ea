"""Trains a GAN on CIFAR-10: 50,000 photographs of ten kinds of things.

    python recipes/cifar10.py
    python recipes/cifar10.py --objective hinge --network resnet --n-critic 5
    python recipes/cifar10.py --objective r3gan --network r3gan

They are in colour, of 32x32 pixels. tensorflow-datasets downloads 160 MB once.
--name takes another of its data sets of 32x32 colour images, or one that is
prepared in --data-dir. --network resnet has SNGAN's networks, for a GPU; r3gan
has a small form of those of its paper. pace.csv has images per second, and the
score by the minute. Files, time and numbers to expect: recipes/README.md.
"""

import kgan

import keras

# Half of kgan's default: a quarter of the arithmetic; take 64 on a GPU.
SHAPE, FILTERS = (32, 32, 3), 32
# DCGAN's 100, rounded up: photographs vary in more ways than digits do.
LATENT_DIM = 128
# 31,240 updates of the generator with nsgan, 6,240 with wgan.
EPOCHS = 40

parser = kgan.scripts.parser(
    __doc__, out="runs/cifar10", epochs=EPOCHS, data_dir=True
)
option = parser.add_argument
option("--name", default="cifar10", help="of tensorflow-datasets")
option("--network", choices=("dcgan", "resnet", "r3gan"), default="dcgan")
option("--precision", default="float32", help="or mixed_bfloat16, for a GPU")
option("--extractor", help=".keras file, of pixels of 0 to 255, to score by")
option("--test-split", default="test[:1000]", help="scores are against it")
args = parser.parse_args()
keras.config.set_dtype_policy(args.precision)
keras.utils.set_random_seed(args.seed)
source = {"batch_size": args.batch_size, "data_dir": args.data_dir}
data = kgan.data.load(args.name, "train", seed=args.seed, **source)
held_out = kgan.data.load(args.name, args.test_split, shuffle=False, **source)
# An epoch may be longer than one pass over the data.
data = data.repeat() if args.steps_per_epoch else data

sizes = [FILTERS] if args.network == "dcgan" else []
players = ("generator", "discriminator")
builders = (f"{args.network}_{player}" for player in players)
generator, discriminator = (getattr(kgan.architectures, b) for b in builders)
networks = generator(SHAPE, LATENT_DIM, *sizes), discriminator(SHAPE, *sizes)
average = kgan.Average(half_life=50_000, ramp_up=0.1)
named = {"n_critic": args.n_critic, "seed": args.seed, "average": average}
gan = kgan.objectives.build(args.objective, *networks, **named)
# Of the pixels, if there is no --extractor. The optimizers are those of each
# paper: RMSprop(5e-5) for wgan, Adam(2e-4) for nsgan.
metric, monitor = kgan.metrics.SlicedWasserstein(), "val_sliced_wasserstein"
if args.extractor:
    judge = kgan.scripts.extractor(args.extractor, SHAPE)
    metric, monitor = (
        kgan.metrics.FrechetDistance(judge),
        "val_frechet_distance",
    )
gan.compile(metrics=[metric])
stated = {"dataset": args.name, "split": args.test_split, "monitor": monitor}
callbacks = kgan.scripts.callbacks(args, **stated)
gan.fit(
    data,
    epochs=args.epochs,
    steps_per_epoch=args.steps_per_epoch,
    validation_data=held_out,
    callbacks=[kgan.scripts.Pace(args.out, monitor), *callbacks],
)
kgan.scripts.report(args.out)
