"""The VQ-VAE against NumPy in float64: gradients, averages, prior, codes."""

import games
import keras
import numpy as np
import pytest
from keras import ops
from scipy.special import log_softmax
from scipy.stats import norm
from small_autoencoders import CODE_DIM, GRID, NUM_CODES, WIDTH, moved, vq_vae

import kgan
from kgan import backend
from kgan.autoencoders.code_prior import code_prior, sampler
from kgan.autoencoders.codebook import Codebook

BETA, VARIANCE, RATE = 0.3, 2.0, 0.1


def numpy_of(*tensors):
    return [np.asarray(ops.convert_to_numpy(x), "float64") for x in tensors]


def nearest(vectors, codebook):
    """Nearest codes of vectors `(num, dim)`."""
    away = vectors[:, None] - codebook[None]
    return np.square(away).sum(axis=-1).argmin(axis=1)


class Reference:
    """A step of linear networks, gradients by hand."""

    def __init__(self, model, x):
        self.enc, self.enc_bias = numpy_of(*model.encoder.weights)
        self.dec, self.dec_bias = numpy_of(*model.decoder.weights)
        (self.codebook,) = numpy_of(model.codebook.vectors)
        self.x = x.astype("float64")
        self.z_e = (self.x @ self.enc + self.enc_bias).reshape(-1, CODE_DIM)
        self.codes = nearest(self.z_e, self.codebook)
        self.e = self.codebook[self.codes]
        flat = self.e.reshape(len(x), -1)
        self.residual = flat @ self.dec + self.dec_bias - self.x
        # Of mean (decoder(e) - x)^2 / variance.
        self.by_made = 2 * self.residual / self.residual.size / VARIANCE
        self.by_e = (self.by_made @ self.dec.T).reshape(-1, CODE_DIM)
        away = self.z_e - self.e
        self.by_z_e = self.by_e + 2 * BETA * away / away.size
        self.by_codebook = np.zeros_like(self.codebook)
        np.add.at(self.by_codebook, self.codes, -2 * away / away.size)
        self.loss = (
            np.square(self.residual).mean() / VARIANCE
            + (1 + BETA) * np.square(away).mean()
        )

    def stepped(self):
        """Weights of encoder and decoder after a step of SGD."""
        of_vectors = self.by_z_e.reshape(len(self.x), -1)
        flat = self.e.reshape(len(self.x), -1)
        return [
            self.enc - RATE * self.x.T @ of_vectors,
            self.enc_bias - RATE * of_vectors.sum(axis=0),
            self.dec - RATE * flat.T @ self.by_made,
            self.dec_bias - RATE * self.by_made.sum(axis=0),
        ]


def linear(decay=None, **options):
    model = vq_vae(
        linear=True,
        decay=decay,
        commitment=BETA,
        data_variance=VARIANCE,
    )
    model.compile(keras.optimizers.SGD(RATE), **options)
    return model


def samples(num=8, seed=0):
    return games.points(num, WIDTH, seed)


def test_gradient_is_passed_straight_through():
    """At z_e the decoder's at e, plus 2 beta (z_e - e) / size; at the codebook
    2 (e - z_e) / size, and nothing of the reconstruction."""
    model, x = linear(), samples()
    want = Reference(model, x)
    z_e = ops.convert_to_tensor(
        want.z_e.reshape(-1, *GRID, CODE_DIM).astype("float32")
    )
    real = ops.convert_to_tensor(x)

    def loss(tensors):
        parts = model.parts_of_vectors(real, tensors[0], training=True)
        return parts["generator_loss"] - parts["code_nll"], ()

    (value, _), (by_z_e,) = backend.value_and_gradients(loss, [z_e])
    (value,) = numpy_of(value)
    assert value == pytest.approx(want.loss, rel=1e-5)
    got = ops.convert_to_numpy(by_z_e).reshape(-1, CODE_DIM)
    np.testing.assert_allclose(got, want.by_z_e, atol=1e-6)
    # The commitment and the straight way both count here.
    assert np.abs(want.by_z_e - want.by_e).max() > 1e-3
    assert np.abs(want.by_e).max() > 1e-3


def test_a_step_is_that_of_numpy():
    model, x = linear(), samples()
    want = Reference(model, x)
    logs = model.train_on_batch(x, return_dict=True)
    got = numpy_of(*model.encoder.weights, *model.decoder.weights)
    for a, b in zip(got, want.stepped(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)
    (codebook,) = numpy_of(model.codebook.vectors)
    stepped = want.codebook - RATE * want.by_codebook
    np.testing.assert_allclose(codebook, stepped, atol=1e-6)
    assert float(logs["generator_loss"]) == pytest.approx(
        want.loss + float(logs["code_nll"]), rel=1e-5
    )
    error = np.square(want.residual).mean()
    assert float(logs["reconstruction_error"]) == pytest.approx(error, rel=1e-5)
    shares = np.bincount(want.codes, minlength=NUM_CODES) / len(want.codes)
    used = shares[shares > 0]
    perplexity = np.exp(-(used * np.log(used)).sum())
    assert float(logs["perplexity"]) == pytest.approx(perplexity, rel=1e-4)
    assert float(logs["dead_codes"]) == (shares == 0).sum()


def test_averages_of_decay_0_are_a_step_of_k_means():
    model, x = linear(decay=0.0), samples()
    want = Reference(model, x)
    model.train_on_batch(x)
    (codebook,) = numpy_of(model.codebook.vectors)
    counts = np.bincount(want.codes, minlength=NUM_CODES)
    assert (counts > 0).sum() > 1
    for code in np.flatnonzero(counts):
        centroid = want.z_e[want.codes == code].mean(axis=0)
        np.testing.assert_allclose(codebook[code], centroid, rtol=1e-4)
    got = numpy_of(*model.encoder.weights, *model.decoder.weights)
    for a, b in zip(got, want.stepped(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)
    # Evaluation moves nothing.
    before = games.numpy_of(model.codebook.variables)
    model.test_on_batch(x)
    assert games.distance(before, games.numpy_of(model.codebook.variables)) == 0


@pytest.mark.once
def test_averages_of_several_batches_are_those_of_numpy():
    decay, epsilon = 0.8, 1e-5
    codebook = Codebook(4, 2, decay=decay)
    sizes, sums = np.zeros(4), np.zeros((4, 2))
    for step in range(1, 4):
        vectors = games.points(8, 2, seed=step)
        (before,) = numpy_of(codebook.vectors)
        codes = nearest(vectors.astype("float64"), before)
        one_hot = codebook.nearest(ops.convert_to_tensor(vectors))
        np.testing.assert_array_equal(numpy_of(one_hot)[0].argmax(1), codes)
        codebook.move(ops.convert_to_tensor(vectors), one_hot)
        members = np.eye(4)[codes]
        sizes = decay * sizes + (1 - decay) * members.sum(axis=0)
        sums = decay * sums + (1 - decay) * members.T @ vectors
        unbiased = 1 - decay**step
        n, m = sizes / unbiased, sums / unbiased
        smoothed = (n + epsilon) / (n.sum() + 4 * epsilon) * n.sum()
        np.testing.assert_allclose(
            numpy_of(codebook.vectors)[0], m / smoothed[:, None], rtol=1e-4
        )
    assert not codebook.trainable_variables


def test_codes_are_drawn_one_after_the_other():
    """As in a loop over positions, by the prior's own distributions."""
    num_positions, num_codes = 4, NUM_CODES
    # Far from uniform, so that each code tells on the next.
    prior = moved(code_prior(num_positions, num_codes), size=0.15)
    latents = games.points(8, num_positions)
    codes = np.zeros((8, num_positions, num_codes), "float32")
    for position in range(num_positions):
        logits = ops.convert_to_numpy(prior(codes))[:, position]
        ends = np.exp(log_softmax(logits, axis=-1)).cumsum(axis=-1)
        uniform = norm.cdf(latents[:, position].astype("float64"))
        drawn = (uniform[:, None] >= ends[:, :-1]).sum(axis=-1)
        codes[np.arange(8), position, drawn] = 1
    got = ops.convert_to_numpy(sampler(prior)(latents))
    np.testing.assert_array_equal(got, codes)
    assert len({*map(bytes, codes.argmax(-1).astype("uint8"))}) > 3


@pytest.mark.once
@pytest.mark.parametrize("positions", [1, 5])
def test_the_prior_sees_all_codes_before(positions):
    prior = moved(code_prior(positions, 3, hidden_units=8))
    random = np.random.default_rng(0)
    codes = np.eye(3, dtype="float32")[random.integers(3, size=positions)]
    before = ops.convert_to_numpy(prior(codes[None]))[0]
    for position in range(positions):
        changed = codes.copy()
        changed[position] = np.roll(codes[position], 1)
        after = ops.convert_to_numpy(prior(changed[None]))[0]
        differs = np.abs(after - before).max(axis=-1) > 1e-6
        np.testing.assert_array_equal(differs, np.arange(positions) > position)


@pytest.mark.once
def test_codes_and_samples():
    model, x = vq_vae(), samples()
    codes = model.encode(x)
    assert codes.shape == (8, *GRID) and codes.dtype == "int32"
    (z_e, vectors) = numpy_of(model.encoder(x), model.codebook.vectors)
    want = nearest(z_e.reshape(-1, CODE_DIM), vectors)
    np.testing.assert_array_equal(codes.ravel(), want)
    made = ops.convert_to_numpy(
        model.decoder(vectors[codes].astype("float32"), training=False)
    )
    np.testing.assert_allclose(model.decode(codes), made, rtol=1e-5)
    np.testing.assert_allclose(model.reconstruct(x), made, rtol=1e-5)
    counts = model.code_counts(x)
    np.testing.assert_array_equal(counts, np.bincount(want, minlength=5))
    one_hot = np.eye(NUM_CODES, dtype="float32")[codes.reshape(8, 4)]
    logits = ops.convert_to_numpy(model.prior(one_hot))
    log_prob = (one_hot * log_softmax(logits, axis=-1)).sum(axis=(1, 2))
    np.testing.assert_allclose(model.code_log_prob(codes), log_prob, rtol=1e-4)
    latents = np.random.default_rng(1).standard_normal((8, 4), "float32")
    drawn = ops.convert_to_numpy(sampler(model.prior)(latents)).argmax(-1)
    generated = model.decode(drawn.reshape(-1, *GRID))
    np.testing.assert_allclose(model.generate(8, seed=1), generated, rtol=1e-5)


@pytest.mark.once
@pytest.mark.slow
def test_it_learns_codes_and_their_prior():
    centres = np.random.default_rng(0).standard_normal((3, WIDTH))
    x = np.repeat(centres, 40, axis=0).astype("float32")
    model = vq_vae(decay=0.9)
    model.compile(keras.optimizers.Adam(0.02))
    tiled = np.tile(x, (12, 1))
    model.fit(tiled, batch_size=24, epochs=2, verbose=0)
    logs = model.evaluate(x, verbose=0, return_dict=True)
    assert logs["reconstruction_error"] < 0.1
    # Three patterns of codes, each of the same share.
    assert logs["code_nll"] < 1.5 < 4 * np.log(NUM_CODES)
    drawn = model.generate(50, seed=0)
    away = np.abs(drawn[:, None] - centres[None]).max(axis=-1).min(axis=1)
    assert (away < 0.6).mean() > 0.8


@pytest.fixture(scope="module")
def networks():
    model = vq_vae()
    return {"encoder": model.encoder, "decoder": model.decoder}


@pytest.mark.once
@pytest.mark.parametrize(
    "changes, match",
    [
        ({"num_codes": 1}, "`num_codes`.*Received: num_codes=1"),
        ({"num_codes": 2.5}, "`num_codes`.*Received: num_codes=2.5"),
        ({"code_dim": 0}, "`code_dim`.*Received: code_dim=0"),
        ({"code_dim": 3}, "`encoder` must return vectors.*code_dim=3"),
        ({"commitment": -1}, "`commitment`.*Received: commitment=-1"),
        ({"decay": 1.0}, r"`decay`.*\[0, 1\).*Received: decay=1.0"),
        ({"data_variance": 0}, "`data_variance`.*Received: data_variance=0"),
        ({"seed": -1}, "`seed`.*Received: seed=-1"),
        ({"encoder": None}, "`encoder` must be a keras.Model.*None"),
        ({"decoder": games.generator()}, "`decoder` must return samples"),
        ({"prior": code_prior(3, 5)}, "`prior` must take.*Received"),
        ({"prior": keras.Sequential()}, "`prior` must be a built.*0 inputs"),
        (
            {
                "prior": keras.Sequential(
                    [keras.Input((4, 5)), keras.layers.Dense(5)]
                )
            },
            "must predict each code from those before it. Received",
        ),
    ],
)
def test_bad_arguments(networks, changes, match):
    given = {**networks, "num_codes": 5, "code_dim": 2, **changes}
    with pytest.raises(ValueError, match=match):
        kgan.VQVAE(**given)


@pytest.mark.once
def test_bad_samples_and_codes():
    model = vq_vae()
    with pytest.raises(ValueError, match="must match.*Received: shape"):
        model.encode(games.points(4, 5))
    with pytest.raises(ValueError, match="finite.*Received"):
        model.encode(np.full((2, WIDTH), np.nan, "float32"))
    with pytest.raises(ValueError, match="empty"):
        model.encode(np.zeros((0, WIDTH), "float32"))
    for codes, match in (
        (np.zeros((2, 4), int), r"`codes`.*\('num', 2, 2\).*Received"),
        (np.zeros((2, 2, 2)), "`codes` must be integers.*float64"),
        (np.full((1, 2, 2), 5), "codes from 5 to 5"),
        (-np.ones((1, 2, 2), int), "codes from -1 to -1"),
        (3, "`codes` must be integers"),
    ):
        with pytest.raises(ValueError, match=match):
            model.decode(codes)
