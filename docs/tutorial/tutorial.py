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
# This tutorial starts from nothing and ends with a generator that draws the
# digit you ask for, with its scores. It takes about ten minutes on a laptop,
# reading included. There is no download. You should have used Keras once. You
# need to know nothing about GANs.
#
# All of it runs in 96 seconds of one core. Measured on TensorFlow, an Intel
# Xeon without a GPU, 2026-11-27.
#
# A GAN is two networks. The **generator** turns random numbers into images.
# The **discriminator** looks at an image and says how real it seems. They
# train against each other. The discriminator learns to tell scans from
# drawings. The generator learns to draw images that pass for scans.

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
# `load` returns them in batches, scaled to [-1, 1], the range that generators
# draw in. With `labels=True` each image comes with its digit. 297 scans are
# held out. The scores below compare the drawings with those.

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
# `num_classes=10` makes both networks conditional. You tell the generator
# which digit to draw, and the discriminator which digit to expect. They are
# plain Keras models, so you can use your own instead
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
# kgan has seventeen games. Begin with `R3GAN`: it rarely collapses and has few
# settings. `small_r3gan` fills them in for a training on a CPU. You say how
# many images the training will see. `small_r3gan` then sets learning rates and
# penalties that fall along a cosine. It also adds a moving average of the
# generator, which draws better than the generator does at any one moment.
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
# A GAN's losses do not say how good its images are. They say who is winning.
# So use a metric. Both metrics here look at images through a small classifier
# of digits that comes with kgan:
#
# - The **Frechet distance** compares the classifier's features of generated
#   images with those of real ones. It is 0 if they are alike, and smaller is
#   better.
# - **Precision** is the share of drawings that look like some scan.
#   **Recall** is the share of scans that the generator could have drawn. A
#   generator that draws only good sevens has high precision and low recall.

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
# The untrained generator draws grey squares, all alike. Its precision is
# still 1, because in the classifier's features such a square lies near some
# digit. Its recall is 0. Always read the two together. Now train it.

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
# Each row is a digit. Each column uses the same random numbers.

# %%
show(gan.generate(100, seed=1, labels=np.repeat(np.arange(10), 10)))

# %%
after = gan.evaluate(held_out, verbose=0, return_dict=True)
for name in ("frechet_distance", "precision", "recall"):
    print(f"{name:17} {before[name]:8.2f} -> {after[name]:.2f}")

# %% [markdown]
# For comparison, score 297 other real scans in place of the drawings. A
# perfect generator would reach this score.

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
# On the left, neither loss goes to zero, and neither should. Both players get
# better at the same time, so a good run shows a balance. If the
# discriminator's loss fell to nothing, the generator would have lost.
#
# On the right is what you care about. The distance falls steeply at first and
# then levels off. If it still falls at the end, train longer.
#
# If your curves look different, see [It does not work](../troubles.md). It
# shows the usual failures.
#
# ## Keep it
#
# The generator is one plain Keras file. To load it, you need only Keras, on
# any of its backends. You do not need kgan.

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
# - Train on your own images: [A folder of images](../guides/image_folder.md).
# - Choose among the seventeen games:
#   [Which objective to take](../objectives.md).
# - Continue a training after a crash: [Resume](../guides/resume.md).
# - Load a better generator, trained on the same data for ten minutes:
#   `kgan.presets.load("digits")`, [Presets](../zoo.md).
