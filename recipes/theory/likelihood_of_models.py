"""Likelihood and Frechet distance of the same models, VAEs beside GANs.

    KERAS_BACKEND=jax python recipes/theory/likelihood_of_models.py

It takes about four minutes on one CPU core with JAX. Each model makes
scikit-learn's digits, with networks of the same width and as many images seen.
Likelihood is measured alike: with Gaussian noise around what the generator
makes, an importance-weighted bound on digits held out, in bits of one pixel.
Where a model has no encoder, one is trained for its generator, which stays as
it is (as Wu et al. 2017, "On the quantitative analysis of decoder-based
generative models", by another bound); so a GAN's may be better than its number.
The best by one measure is not the best by the other (Theis et al. 2016).
"""

import argparse
import json
import math
from pathlib import Path

import kgan

import keras
import matplotlib
import numpy as np

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

PIXELS, LATENT_DIM, LEVELS = 64, 16, 17
WIDTH = 256
STEPS, BATCH_SIZE, RATE = 4_500, 100, 1e-3
# Of an encoder for a generator that has none.
ENCODER_STEPS = 4_500
NUM_CODES, CODE_DIM, POSITIONS = 32, 4, 8
DRAWS = 200
GANS = ("nsgan", "wgangp", "r3gan")

parser = argparse.ArgumentParser(
    description=__doc__.splitlines()[0],
    formatter_class=argparse.ArgumentDefaultsHelpFormatter,
)
option = parser.add_argument
option("--seed", type=int, default=0, help="of weights, latents, order")
option("--out", type=Path, default=Path("runs/theory"), help="folder")
args = parser.parse_args()


def load(split):
    batches = kgan.data.load("digits", split, shuffle=False, batch_size=500)
    return np.concatenate(list(batches.as_numpy_iterator())).reshape(-1, PIXELS)


def network(inputs, *layers):
    return keras.Sequential([keras.Input(inputs), *layers])


def dense(units, activation="relu"):
    return keras.layers.Dense(units, activation)


def encoder(outputs):
    return network((PIXELS,), dense(WIDTH), dense(WIDTH), dense(outputs, None))


def generator():
    return kgan.architectures.mlp_generator(
        PIXELS, LATENT_DIM, (WIDTH, WIDTH), "tanh"
    )


def fit(model, steps=STEPS):
    batches = steps * model.batches_per_step
    times = batches * BATCH_SIZE // len(train)
    model.fit(np.tile(train, (times, 1)), batch_size=BATCH_SIZE, verbose=0)
    return model


def flow_vae(decoder, flow, steps=STEPS):
    model = kgan.FlowVAE(
        encoder(2 * LATENT_DIM), decoder, flow, levels=LEVELS, seed=args.seed
    )
    model.compile(keras.optimizers.Adam(RATE))
    return fit(model, steps)


def vq_vae():
    vectors = keras.layers.Reshape((POSITIONS, CODE_DIM))
    made = encoder(POSITIONS * CODE_DIM)
    decoder = network(
        (POSITIONS, CODE_DIM),
        keras.layers.Flatten(),
        dense(WIDTH),
        dense(WIDTH),
        dense(PIXELS, "tanh"),
    )
    model = kgan.VQVAE(
        network((PIXELS,), made, vectors),
        decoder,
        NUM_CODES,
        CODE_DIM,
        data_variance=float(train.var()),
        seed=args.seed,
    )
    model.compile(keras.optimizers.Adam(RATE))
    return fit(model)


def gan(name):
    # As many images seen as the others have, whatever a step takes.
    arguments = {"penalties": [kgan.penalties.R1(0.1)]}
    if name != "nsgan":
        arguments = {}
    made = kgan.objectives.build(
        name,
        generator(),
        kgan.architectures.mlp_discriminator(PIXELS, (WIDTH, WIDTH)),
        seed=args.seed,
        **arguments,
    )
    made.compile()
    return fit(made, STEPS // made.batches_per_step * 2)


def vq_vae_bits(model):
    """Bits of a pixel: the posterior is one code, so nothing is weighted."""
    random = np.random.default_rng(0)
    codes = model.encode(train)
    scale = np.sqrt(np.square(train - model.decode(codes)).mean())
    width = 2 / (LEVELS - 1)
    scale = math.hypot(scale, width / math.sqrt(12))  # And of the noise.
    codes = model.encode(held_out)
    uniform = random.random(held_out.shape) - 0.5
    away = (held_out + width * uniform - model.decode(codes)) / scale
    log_pixels = -0.5 * np.square(away) - math.log(
        scale * math.sqrt(2 * math.pi) / width
    )
    nats = log_pixels.sum(axis=1) + model.code_log_prob(codes)
    return float(-nats.mean() / PIXELS / math.log(2))


def enlarged(samples):
    """Images of the size that the classifier takes."""
    images = samples.reshape(-1, 8, 8, 1)
    return keras.ops.convert_to_numpy(keras.ops.image.resize(images, (16, 16)))


def distance(samples):
    metric = kgan.metrics.FrechetDistance(classifier)
    metric.update_state(enlarged(held_out), enlarged(samples))
    return float(metric.result())


train, held_out = load("train"), load("test")
folder = Path(__file__).parents[2] / "saved_models"
classifier = keras.saving.load_model(folder / "classifier_digits.keras")
numbers, samples = {}, {}
for name in ("vae", "flowvae", "vqvae", *GANS):
    keras.utils.set_random_seed(args.seed)
    if name == "vqvae":
        model = vq_vae()
        bits = vq_vae_bits(model)
    elif name in GANS:
        model = gan(name)
        model.generator.trainable = False
        judge = flow_vae(model.generator, None, ENCODER_STEPS)
        bits = judge.bits_per_dim(held_out, DRAWS)
    else:
        layers = {"flowvae": kgan.autoencoders.RealNVP(LATENT_DIM, 6)}
        model = flow_vae(generator(), layers.get(name))
        bits = model.bits_per_dim(held_out, DRAWS)
        numbers[f"{name}_bound_of_one_draw"] = float(
            -model.elbo(held_out, 20).mean() / PIXELS / math.log(2)
        )
    samples[name] = model.generate(len(held_out), seed=1)
    numbers[f"{name}_bits_per_dim"] = bits
    numbers[f"{name}_frechet_distance"] = distance(samples[name])
numbers["train_frechet_distance"] = distance(train[: len(held_out)])
numbers = {name: round(float(x), 3) for name, x in numbers.items()}
for name, number in numbers.items():
    print(f"{name} = {number}")
args.out.mkdir(parents=True, exist_ok=True)
(args.out / "likelihood_of_models.json").write_text(json.dumps(numbers) + "\n")

figure, (left, right) = plt.subplots(
    1, 2, figsize=(10, 4), dpi=120, width_ratios=(1, 1.2)
)
for name in samples:
    place = [
        numbers[f"{name}_{x}"] for x in ("bits_per_dim", "frechet_distance")
    ]
    color = "#D55E00" if name in GANS else "#0072B2"
    left.plot(*place, "o", color=color)
    left.annotate(name, place, (6, 4), textcoords="offset points")
left.margins(0.2)
left.set_xlabel("bits per pixel, held out (lower is likelier)")
left.set_ylabel("Frechet distance (lower is closer)")
rows = [np.hstack(drawn[:12].reshape(-1, 8, 8)) for drawn in samples.values()]
right.imshow(np.vstack(rows), cmap="gray", vmin=-1, vmax=1)
right.set_yticks(np.arange(len(samples)) * 8 + 3.5, list(samples))
right.set_xticks([])
figure.tight_layout()
figure.savefig(args.out / "likelihood_of_models.png")
