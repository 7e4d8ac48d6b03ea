"""The VAE with a flow against NumPy in float64 and closed forms."""

import math

import games
import keras
import numpy as np
import pytest
from keras import ops
from scipy.stats import multivariate_normal, norm
from small_autoencoders import (
    LATENT_DIM,
    WIDTH,
    flow,
    flow_vae,
    moved,
    network,
)

import kgan
from kgan import backend


def samples(num=8, seed=0):
    return games.points(num, WIDTH, seed)


def draws(num=8):
    return games.points(num, LATENT_DIM, seed=1)


def float64_coupling(layer, z):
    """log scales and shifts of one coupling of one hidden layer."""
    keep, move = (np.array(m.scale) for m in (layer.keep, layer.move))
    x = z * keep
    for hidden in layer.hidden:
        kernel, bias = (np.float64(w) for w in hidden.get_weights())
        x = np.maximum(x @ kernel + bias, 0)
    (factor,) = layer.factor.get_weights()
    kernel, bias = layer.scale.get_weights()
    scale = move * factor * np.tanh(x @ kernel + bias)
    kernel, bias = layer.shift.get_weights()
    return scale, move * (x @ kernel + bias)


def float64_flow(layer, z):
    z, log_det = z.astype("float64"), 0.0
    for coupling in layer.couplings:
        scale, shift = float64_coupling(coupling, z)
        z, log_det = z * np.exp(scale) + shift, log_det + scale.sum(axis=-1)
    return z, log_det


def test_flow_is_numpys_with_its_determinant_and_its_inverse():
    dim = 5
    layer = moved(kgan.autoencoders.RealNVP(dim, 2, 6, 1))
    z = games.points(8, dim)
    made, log_det = (ops.convert_to_numpy(x) for x in layer(z))
    want, want_det = float64_flow(layer, z)
    np.testing.assert_allclose(made, want, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(log_det, want_det, rtol=1e-4, atol=1e-5)
    back = ops.convert_to_numpy(layer.inverse(ops.convert_to_tensor(made)))
    np.testing.assert_allclose(back, z, atol=1e-5)
    assert np.abs(made - z).min() > 0  # Every coordinate moves.

    def coordinate(i):
        return lambda tensors: (ops.sum(layer(tensors[0])[0][:, i]), ())

    given = [ops.convert_to_tensor(z)]
    rows = [
        backend.value_and_gradients(coordinate(i), given)[1][0]
        for i in range(dim)
    ]
    jacobian = np.stack([ops.convert_to_numpy(r) for r in rows], axis=1)
    _, by_autodiff = np.linalg.slogdet(jacobian.astype("float64"))
    np.testing.assert_allclose(log_det, by_autodiff, rtol=1e-4, atol=1e-5)


def test_it_begins_as_the_identity_and_so_as_the_plain_model():
    layer = flow()
    z = draws()
    made, log_det = layer(z)
    np.testing.assert_array_equal(ops.convert_to_numpy(made), z)
    assert not ops.convert_to_numpy(log_det).any()
    x = samples()
    plain, with_flow = flow_vae(flow=None), flow_vae()
    np.testing.assert_allclose(plain.elbo(x), with_flow.elbo(x), rtol=1e-6)


@pytest.mark.once
@pytest.mark.parametrize("form", ["prior", "posterior"])
def test_terms_are_those_of_scipy(form):
    model = flow_vae(form=form, levels=5, decoder_scale=0.7)
    moved(model.flow)
    x, normal, uniform = samples(), draws(), np.float32(0.3) + 0 * samples()
    terms = model.log_terms(*map(ops.convert_to_tensor, (x, normal, uniform)))
    likelihood, ratio = (ops.convert_to_numpy(t) for t in terms)
    noisy = x + 0.5 * (uniform - 0.5)  # Levels are half a unit apart.
    both = ops.convert_to_numpy(model.encoder(noisy)).astype("float64")
    mean, scale = both[:, :LATENT_DIM], np.exp(both[:, LATENT_DIM:])
    z = mean + scale * normal
    code, log_det = float64_flow(model.flow, z)
    log_q = norm.logpdf(z, mean, scale).sum(axis=-1)
    want = norm.logpdf(code).sum(axis=-1) + log_det - log_q
    np.testing.assert_allclose(ratio, want, rtol=1e-4, atol=1e-5)
    given = (z if form == "prior" else code).astype("float32")
    made = ops.convert_to_numpy(model.decoder(given)).astype("float64")
    want = norm.logpdf(noisy, made, 0.7).sum(axis=-1) + WIDTH * math.log(0.5)
    np.testing.assert_allclose(likelihood, want, rtol=1e-4)


def test_flow_as_prior_and_as_posterior_are_one():
    """With the inverse flow in the decoder of the second."""
    prior = flow_vae()
    moved(prior.flow)
    posterior = kgan.FlowVAE(
        prior.encoder, prior.generator, prior.flow, form="posterior"
    )
    x = samples()
    np.testing.assert_allclose(prior.elbo(x), posterior.elbo(x), rtol=1e-5)
    np.testing.assert_allclose(
        prior.generate(8, seed=2), posterior.generate(8, seed=2), rtol=1e-5
    )
    np.testing.assert_allclose(
        prior.reconstruct(x), posterior.reconstruct(x), rtol=1e-3, atol=1e-5
    )
    # And another than without a flow.
    plain = kgan.FlowVAE(prior.encoder, prior.decoder)
    assert np.abs(plain.elbo(x) - prior.elbo(x)).max() > 1e-2


def linear_gaussian(seed=0):
    """x = W z + b + 0.5 e, with a posterior that is not quite the right one."""
    random = np.random.default_rng(seed)
    w, b = random.standard_normal((LATENT_DIM, WIDTH)) / 2, np.arange(6) / 6
    precision = np.eye(LATENT_DIM) + w @ w.T / 0.25
    covariance = np.linalg.inv(precision)
    to_mean = w.T @ covariance / 0.25
    encoder = network((WIDTH,), keras.layers.Dense(2 * LATENT_DIM))
    scales = 0.5 * np.log(np.diag(covariance)) + 0.3
    encoder.set_weights(
        [
            np.concatenate([to_mean, np.zeros((WIDTH, LATENT_DIM))], axis=1),
            np.concatenate([-b @ to_mean, scales]),
        ]
    )
    decoder = network((LATENT_DIM,), keras.layers.Dense(WIDTH))
    decoder.set_weights([w, b])
    model = kgan.FlowVAE(encoder, decoder, decoder_scale=0.5, seed=1)
    exact = multivariate_normal(b, w.T @ w + 0.25 * np.eye(WIDTH))
    return model, exact


def test_weighted_bound_lies_between_elbo_and_the_exact_likelihood():
    model, exact = linear_gaussian()
    x = exact.rvs(64, random_state=0).astype("float32")
    log_p = exact.logpdf(x)
    elbo = model.elbo(x, num_samples=64)
    weighted = model.log_likelihood(x, num_samples=64)
    gap = (log_p - elbo).mean()
    assert gap > 0.1
    assert (weighted >= elbo - 1e-9).all()
    # Two orders nearer, and on average from below.
    assert abs((log_p - weighted).mean()) < gap / 20
    assert np.abs(log_p - weighted).max() < 0.5
    few = model.log_likelihood(x, num_samples=4).mean()
    assert elbo.mean() < few < weighted.mean()
    bits = model.bits_per_dim(x, num_samples=64)
    assert bits == pytest.approx(-weighted.mean() / WIDTH / math.log(2))
    mean, deviation = model.encode(x)
    assert mean.shape == deviation.shape == (64, LATENT_DIM)
    assert (deviation > 0).all()


@pytest.mark.once
def test_noise_turns_a_density_into_probabilities():
    """Of a decoder that is all but uniform, each level has its share."""
    model = flow_vae(flow=None, levels=3, decoder_scale=1e4, learn_scale=False)
    x = np.array([[-1, 0, 1, 1, 0, -1]], "float32")
    density = norm.logpdf(0, scale=1e4) + math.log(1.0)
    np.testing.assert_allclose(
        model.log_likelihood(x, 512), WIDTH * density, atol=0.2
    )
    with pytest.raises(ValueError, match="3 `levels`.*Received: .*0.30 of a"):
        model.elbo(x * 0.7)


def gaussians_of(model, x):
    mean, deviation = (v.astype("float64") for v in model.encode(x))
    return mean[:, None], deviation[:, None]


@pytest.mark.once
def test_surgery_of_the_bound():
    """mean KL(q(z|x) || p) = KL(q_agg || p) + I[x, z] of a trained model.

    The left side in closed form, the right by quadrature.
    """
    x = kgan.data.ring_of_gaussians().sample(40, seed=0)
    keras.utils.set_random_seed(1)
    encoder = network(
        (2,), keras.layers.Dense(8, "tanh"), keras.layers.Dense(4)
    )
    decoder = network(
        (2,), keras.layers.Dense(8, "tanh"), keras.layers.Dense(2)
    )
    model = kgan.FlowVAE(encoder, decoder, decoder_scale=0.5, seed=1)
    model.compile(keras.optimizers.Adam(0.02))
    model.fit(np.tile(x, (30, 1)), batch_size=20, verbose=0)
    mean, deviation = gaussians_of(model, x)
    kl = (mean**2 + deviation**2 - 1) / 2 - np.log(deviation)
    left = kl.sum(axis=-1).mean()
    assert left > 0.3
    axis = np.linspace(-8, 8, 321)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(1, -1, 2)
    log_q = norm.logpdf(grid, mean, deviation).sum(axis=-1)
    q, cell = np.exp(log_q), (axis[1] - axis[0]) ** 2
    aggregate = q.mean(axis=0)
    log_aggregate = np.logaddexp.reduce(log_q) - math.log(len(x))
    log_prior = norm.logpdf(grid[0]).sum(axis=-1)
    marginal = (aggregate * (log_aggregate - log_prior)).sum() * cell
    information = (q * (log_q - log_aggregate)).mean(axis=0).sum() * cell
    assert marginal > 0.02 and 0.1 < information < math.log(len(x))
    assert left == pytest.approx(marginal + information, abs=1e-4)


@pytest.mark.soak
def test_the_flow_raises_the_bound():
    """Of data on a ring, whose aggregate is no Gaussian."""
    x = kgan.data.ring_of_gaussians().sample(512, seed=0)

    def trained(layer):
        keras.utils.set_random_seed(1)
        encoder = network(
            (2,), keras.layers.Dense(16, "relu"), keras.layers.Dense(4)
        )
        decoder = network((2,), keras.layers.Dense(2))
        model = kgan.FlowVAE(encoder, decoder, layer, seed=1)
        model.compile(keras.optimizers.Adam(0.01))
        model.fit(np.tile(x, (60, 1)), batch_size=128, verbose=0)
        return model.evaluate(x, verbose=0, return_dict=True)["generator_loss"]

    assert trained(kgan.autoencoders.RealNVP(2, 4, 16)) < trained(None) - 0.3


@pytest.fixture(scope="module")
def networks():
    model = flow_vae(flow=None)
    return {"encoder": model.encoder, "decoder": model.decoder}


@pytest.mark.once
@pytest.mark.parametrize(
    "changes, match",
    [
        ({"form": "both"}, "`form` must be .*Received: form='both'"),
        ({"form": None}, "`form` must be .*Received: form=None"),
        ({"levels": 1}, "`levels`.*Received: levels=1"),
        ({"decoder_scale": 0}, "`decoder_scale`.*Received: decoder_scale=0"),
        ({"learn_scale": 1}, "`learn_scale`.*Received: learn_scale=1"),
        ({"flow": "realnvp"}, "`flow` must be.*Received: flow='realnvp'"),
        (
            {"flow": kgan.autoencoders.RealNVP(3)},
            r"latent_dim=3, a decoder of 2.*RealNVP\(2\)",
        ),
        ({"encoder": games.critic(6)}, "`encoder` must return means.*4"),
        ({"encoder": games.critic(5)}, "`decoder` must return samples"),
        ({"decoder": 3}, "`decoder` must be a keras.Model.*3"),
        ({"seed": "a"}, "`seed`.*Received: seed='a'"),
    ],
)
def test_bad_arguments(networks, changes, match):
    with pytest.raises(ValueError, match=match):
        kgan.FlowVAE(**{**networks, **changes})


@pytest.mark.once
def test_bad_flows_samples_and_numbers():
    for arguments in ((1,), (2, 0), (2, 2, 0), (2, 2, 2, 0), ("a",)):
        with pytest.raises(ValueError, match="Received"):
            kgan.autoencoders.RealNVP(*arguments)
    model = flow_vae()
    with pytest.raises(ValueError, match="must match.*Received"):
        model.elbo(games.points(3))
    with pytest.raises(ValueError, match="`num_samples`.*num_samples=0"):
        model.log_likelihood(samples(), num_samples=0)
    with pytest.raises(ValueError, match="`seed`.*seed=-1"):
        model.bits_per_dim(samples(), seed=-1)
