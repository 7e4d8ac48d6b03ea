"""Trains a GAN on photographs of one kind of scene from LSUN, at 64x64 pixels.

    python recipes/lsun.py --scene church_outdoor
    python recipes/lsun.py --scene bedroom --cache /a/large/disk
    python recipes/lsun.py --scene church_outdoor --resume

It takes the centre square of each photograph, in colour. tensorflow-datasets
downloads 2 GB for the churches and 43 GB for the bedrooms, and reads them with
the package tensorflow-io. For an unknown scene, the error lists those there
are. The bedrooms are 37 GB even at this size, too much for memory: with --cache
they are decoded once and not in every pass. For files, time and numbers to
expect, see recipes/README.md.
"""

import kgan

import keras

SIZE = 64
# Half of kgan's default: a quarter of the arithmetic; take 64 on a GPU.
FILTERS = 32
# DCGAN's 100, rounded up.
LATENT_DIM = 128
# One pass over 3 million bedrooms is 9,478 steps of wgan: draw more often.
EPOCHS, STEPS_PER_EPOCH = 20, 1_000

parser = kgan.scripts.parser(
    __doc__,
    out="runs/lsun",
    epochs=EPOCHS,
    steps_per_epoch=STEPS_PER_EPOCH,
    data_dir=True,
)
parser.add_argument("--scene", default="bedroom", help="what to draw")
parser.add_argument("--cache", help="folder for small images; None: memory")
args = parser.parse_args()
keras.utils.set_random_seed(args.seed)
scene = f"lsun/{args.scene}"
source = {"image_size": SIZE, "batch_size": args.batch_size}
source["data_dir"] = args.data_dir
cache = args.cache or True
data = kgan.data.load(scene, seed=args.seed, cache=cache, **source).repeat()
# 300 images.
held_out = kgan.data.load(scene, "validation", shuffle=False, **source)

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
        dataset=scene,
        split="validation",
        image_size=SIZE,
        monitor="val_sliced_wasserstein",
    ),
)
kgan.scripts.report(args.out)
