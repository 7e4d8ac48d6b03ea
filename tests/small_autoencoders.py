"""Small autoencoders of vectors, for the tests that train."""

import keras
import numpy as np

import kgan

WIDTH = 6
GRID, CODE_DIM, NUM_CODES = (2, 2), 2, 5
LATENT_DIM = 2


def network(inputs, *layers, name=None):
    return keras.Sequential([keras.Input(inputs), *layers], name=name)


def vq_vae(noisy=False, linear=False, hidden_units=4, width=WIDTH, **options):
    """An untrained model, whose vectors are of samples `(6,)`."""
    keras.utils.set_random_seed(5)
    numbers = GRID[0] * GRID[1] * CODE_DIM
    hidden = [] if linear else [keras.layers.Dense(8, "tanh")]
    noise = [keras.layers.Dropout(0.3)] if noisy else []
    norm = [keras.layers.BatchNormalization(momentum=0.7)] if noisy else []
    encoder = network(
        (width,),
        *hidden,
        *norm,
        keras.layers.Dense(numbers),
        keras.layers.Reshape((*GRID, CODE_DIM)),
    )
    decoder = network(
        (*GRID, CODE_DIM),
        keras.layers.Flatten(),
        *noise,
        keras.layers.Dense(width),
    )
    options = {"seed": 11, **options}
    return kgan.VQVAE(encoder, decoder, NUM_CODES, CODE_DIM, **options)


def flow(couplings=2, **options):
    return kgan.autoencoders.RealNVP(
        LATENT_DIM, couplings, hidden_units=4, num_layers=1, **options
    )


def flow_vae(noisy=False, flow=flow, form="prior", width=WIDTH, **options):
    """An untrained model of samples `(6,)`, with a flow unless it is None."""
    keras.utils.set_random_seed(5)
    noise = [keras.layers.Dropout(0.3)] if noisy else []
    norm = [keras.layers.BatchNormalization(momentum=0.7)] if noisy else []
    encoder = network(
        (width,),
        keras.layers.Dense(8, "tanh"),
        *norm,
        keras.layers.Dense(2 * LATENT_DIM),
    )
    decoder = network(
        (LATENT_DIM,),
        keras.layers.Dense(8, "tanh"),
        *noise,
        keras.layers.Dense(width),
    )
    options = {"seed": 11, **options}
    return kgan.FlowVAE(encoder, decoder, flow and flow(), form, **options)


def moved(layer, seed=0, size=0.5):
    """Gives a layer random weights, so that no flow is the identity."""
    random = np.random.default_rng(seed)
    layer.set_weights(
        [size * random.standard_normal(w.shape) for w in layer.get_weights()]
    )
    return layer
