# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Tutorial: handwritten digits, drawn on demand
#
# From nothing to a generator that draws the digit you ask for, with its
# scores, in about ten minutes on a laptop, reading included: all of it takes
# 96 seconds of one core (TensorFlow, an Intel Xeon without a GPU, 2026-11-27).
# No download. You need to have used Keras once; you need to know nothing of
# GANs.
#
# A GAN is two networks. The **generator** turns random numbers into images.
# The **discriminator** looks at an image and says how real it seems. Each is
# trained against the other: the discriminator to tell scans from drawings,
# the generator to be taken for real.

# %%
import subprocess
import sys

import kgan  # before Keras: TensorFlow then prints no lines at its start

import keras
import matplotlib.pyplot as plt
import numpy as np

keras.utils.set_random_seed(1)  # of the first weights of both networks


# %% [markdown]
# ## The data
#
# scikit-learn carries 1,797 scans of handwritten digits, 8x8 pixels each.
# `load` gives them as batches, scaled to [-1, 1], which is what generators
# draw. With `labels=True` each image comes with its digit. 297 scans are held
# out: the scores below are against those.

# %%
digits = kgan.data.load("digits", labels=True, batch_size=64, seed=1)
held_out = kgan.data.load("digits", "test", labels=True, shuffle=False)


def show(images, columns=10):
    """Draws images side by side."""
    grid = kgan.images.image_grid(images, columns)
    plt.figure(
        figsize=(columns * 0.6, len(grid) / grid.shape[1] * columns * 0.6)
    )
    plt.imshow(grid, cmap="gray")
    plt.axis("off")
    plt.show()


images, labels = next(digits.as_numpy_iterator())
print(images.shape, images.dtype, images.min(), images.max(), labels[:10])
show(images[:20])

# %% [markdown]
# ## The two networks
#
# `num_classes=10` makes both of them conditional: the generator is told which
# digit to draw, the discriminator which digit it should be looking at. They
# are plain Keras models; yours would do as well
# ([how](../guides/own_network.md)).

# %%
generator = kgan.architectures.dcgan_generator(
    (8, 8, 1), latent_dim=64, filters=32, num_classes=10
)
discriminator = kgan.architectures.dcgan_discriminator(
    (8, 8, 1), filters=32, normalization="none", num_classes=10
)
print(generator.input_shape, "->", generator.output_shape)
print(discriminator.input_shape, "->", discriminator.output_shape)

# %% [markdown]
# ## The game
#
# kgan has seventeen games. `R3GAN` is the one to begin with: it rarely
# collapses and has few settings. `small_r3gan` fills them in for a training
# on a CPU of as many images as you say: learning rates and penalties that
# fall along a cosine, and a moving average of the generator, which draws
# better than the generator of any one moment.
#
# One step takes a batch of 64 scans and updates each network once.

# %%
EPOCHS = 250
STEPS = 23  # in an epoch: 1,500 scans in batches of 64
arguments, optimizers = kgan.scripts.small_r3gan(
    images=EPOCHS * STEPS * 64,
    rate=1e-3,  # small images bear more than the default 4e-4
    gamma=0.2,  # and need less of a penalty than the default 1
)
gan = kgan.R3GAN(generator, discriminator, seed=1, **arguments)

# %% [markdown]
# ## Scores
#
# A GAN's losses do not say how good its images are: they say who is winning.
# So ask a metric. Both of these look at images through a small classifier of
# digits that comes with kgan:
#
# - the **Frechet distance** compares the cloud of generated images with that
#   of real ones: 0 where they are alike, smaller is better;
# - **precision** is the share of drawings that look like some scan,
#   **recall** the share of scans that the generator could have drawn. Good
#   drawings of sevens only would have high precision and low recall.

# %%
classifier = kgan.presets.classifier("digits")
gan.compile(
    *optimizers,
    metrics=[
        kgan.metrics.FrechetDistance(classifier),
        kgan.metrics.PrecisionRecall(classifier),
    ],
)
before = gan.evaluate(held_out, verbose=0, return_dict=True)
print({name: round(value, 2) for name, value in before.items()})

# %% [markdown]
# The untrained generator draws grey squares, all alike. Its precision is 1
# nevertheless, as the classifier takes such a square for some digit, while its
# recall is 0: read neither without the other. Now train it.

# %%
history = gan.fit(
    digits,
    epochs=EPOCHS,
    validation_data=held_out,
    validation_freq=25,
    verbose=0,
).history

# %% [markdown]
# ## What it learned
#
# A row for each digit, and in each column the same random numbers.

# %%
show(gan.generate(100, seed=1, labels=np.repeat(np.arange(10), 10)))

# %%
after = gan.evaluate(held_out, verbose=0, return_dict=True)
for name in ("frechet_distance", "precision", "recall"):
    print(f"{name:17} {before[name]:8.2f} -> {after[name]:.2f}")

# %% [markdown]
# For scale: put 297 other real scans in the place of the drawings, and you
# have what a perfect generator would score.

# %%
real = np.concatenate([x for x, _ in held_out.as_numpy_iterator()])
others = np.concatenate([x for x, _ in digits.as_numpy_iterator()])[:297]
perfect = kgan.metrics.FrechetDistance(classifier)
perfect.update_state(real, others)
print("frechet_distance of real scans:", round(float(perfect.result()), 2))

# %% [markdown]
# ## Reading the curves

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3))
for name in ("discriminator_loss", "generator_loss"):
    left.plot(history[name], label=name)
left.set_xlabel("epoch")
left.legend()
right.plot(range(25, EPOCHS + 1, 25), history["val_frechet_distance"], "o-")
right.set_xlabel("epoch")
right.set_ylabel("Frechet distance")
right.set_ylim(0)
plt.show()

# %% [markdown]
# On the left neither loss goes to zero, and neither should: both players get
# better at the same time. What you want to see is a balance. If the
# discriminator's loss fell to nothing, the generator would have lost.
# On the right is what you care about: the distance falls steeply at first and
# then levels off. Where it still falls at the end, a longer training pays.
#
# Something else on your screen? [It does not work](../troubles.md) has the
# usual pictures.
#
# ## Keep it
#
# The generator is one plain Keras file. Whoever loads it needs Keras, on any
# of its backends, and not kgan.

# %%
gan.averaged_generator.save("digit_generator.keras")

# %%
WITHOUT_KGAN = """
import keras
import numpy as np

generator = keras.saving.load_model("digit_generator.keras")
latents = np.random.default_rng(3).standard_normal((20, 64))
sevens = generator.predict([latents, np.full(20, 7)], verbose=0)
np.save("sevens.npy", sevens)

import sys
print("kgan" in sys.modules, sevens.shape)
"""
done = subprocess.run(
    [sys.executable, "-c", WITHOUT_KGAN],
    capture_output=True,
    text=True,
    check=True,
)
print(done.stdout)
show(np.load("sevens.npy"))

# %% [markdown]
# ## Where to go
#
# - Your own images: [a folder of images](../guides/image_folder.md).
# - Which of the seventeen games: [Which objective to take](../objectives.md).
# - A training that goes on after a crash: [Resume](../guides/resume.md).
# - The same data at its best, trained for ten minutes:
#   `kgan.presets.load("digits")`, [Presets](../zoo.md).
