"""Small autoencoders of vectors, for the tests that train."""

import keras

import kgan

WIDTH = 6
GRID, CODE_DIM, NUM_CODES = (2, 2), 2, 5
LATENT_DIM = 2
L2 = keras.regularizers.L2


def network(inputs, *layers, name=None):
    return keras.Sequential([keras.Input(inputs), *layers], name=name)


def vq_vae(noisy=False, linear=False, seed=5, **options):
    """An untrained model, whose vectors are of samples `(6,)`."""
    keras.utils.set_random_seed(seed)
    numbers = GRID[0] * GRID[1] * CODE_DIM
    hidden = [] if linear else [keras.layers.Dense(8, "tanh")]
    noise = [keras.layers.Dropout(0.3, seed=3)] if noisy else []
    norm = [keras.layers.BatchNormalization(momentum=0.7)] if noisy else []
    encoder = network(
        (WIDTH,),
        *hidden,
        *norm,
        keras.layers.Dense(numbers),
        keras.layers.Reshape((*GRID, CODE_DIM)),
    )
    decoder = network(
        (*GRID, CODE_DIM),
        keras.layers.Flatten(),
        *hidden[:0],
        *noise,
        keras.layers.Dense(WIDTH),
    )
    prior = kgan.autoencoders.code_prior(4, NUM_CODES, hidden_units=4)
    return kgan.VQVAE(
        encoder, decoder, NUM_CODES, CODE_DIM, prior=prior, seed=11, **options
    )
