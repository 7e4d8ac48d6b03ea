"""Kernels and discrepancies: golden numbers, float64 PyTorch, closed forms."""

import games
import keras
import moment_reference as reference
import numpy as np
import pytest
import torch
from keras import ops

import kgan
from kgan import backend
from kgan.kernels import (
    Distance,
    Gaussian,
    RationalQuadratic,
    SquaredExponential,
    biased_mmd2,
    unbiased_mmd2,
)

ALPHAS = (0.2, 0.5, 1.0, 2.0, 5.0)
BANDWIDTHS = (2.0, 5.0, 10.0, 20.0, 40.0, 80.0)
SIGMAS = (1.0, 2.0, 4.0, 8.0, 16.0)
# Name: the kernel and its reference.
KERNELS = {
    "Gaussian": (Gaussian, reference.gaussian(*SIGMAS)),
    "one Gaussian": (lambda: Gaussian(0.7), reference.gaussian(0.7)),
    "SquaredExponential": (
        SquaredExponential,
        reference.squared_exponential(*BANDWIDTHS),
    ),
    "RationalQuadratic": (
        RationalQuadratic,
        reference.rational_quadratic(*ALPHAS),
    ),
    "rq*": (
        lambda: RationalQuadratic((0.5, 2), linear=True),
        reference.rational_quadratic(0.5, 2, linear=True),
    ),
    "Distance": (Distance, reference.distance),
}
GOLDEN = {
    "sigma 1": (Gaussian(1.0), 0.21216169, -0.32224675),
    "s 2": (SquaredExponential(2.0), 0.16153863, -0.16416957),
    "sigma 2": (Gaussian([2.0]), 0.10492124, -0.07641051),
    "alphas": (RationalQuadratic(), 0.86304603, -1.18916530),
    "distance": (Distance(), 0.75, -0.5),
}
ESTIMATES = {
    "biased": (biased_mmd2, reference.biased),
    "unbiased": (unbiased_mmd2, reference.unbiased),
}


def number(tensor):
    return float(ops.convert_to_numpy(tensor))


# Many coordinates take another path; on JAX each operation compiles.
dims = pytest.mark.parametrize(
    "dim",
    [2, pytest.param(50, marks=pytest.mark.once("tensorflow", "torch"))],
)


def sets(dim, num=12, others=9, shift=0.3):
    rng = np.random.default_rng(dim)
    x = rng.standard_normal((num, dim)) / np.sqrt(dim / 2)
    y = rng.standard_normal((others, dim)) / np.sqrt(dim / 2) + shift
    return x.astype("float32"), y.astype("float32")


def gradients(function, *arrays):
    """The value and its gradients by backend, as NumPy."""

    def differentiated(*tensors):
        return backend.value_and_gradients(
            lambda given: (function(*given), ()), tensors
        )

    if games.BACKEND == "jax":
        import jax

        # Or each operation is compiled by itself.
        differentiated = jax.jit(differentiated)
    tensors = [ops.convert_to_tensor(a) for a in arrays]
    (value, _), found = differentiated(*tensors)
    return number(value), [ops.convert_to_numpy(g) for g in found]


@pytest.mark.parametrize("name", GOLDEN)
def test_golden_numbers(name):
    kernel, biased, unbiased = GOLDEN[name]
    x, y = (
        ops.convert_to_tensor(np.array(v, "float32")[:, None])
        for v in ([0, 1], [0.5, 2])
    )
    assert number(biased_mmd2(kernel, x, y)) == pytest.approx(biased, abs=1e-6)
    got = number(unbiased_mmd2(kernel, x, y))
    assert got == pytest.approx(unbiased, abs=1e-6)


@pytest.mark.parametrize("estimate", ESTIMATES)
@pytest.mark.parametrize("name", KERNELS)
# Differences one by one, and squares of many coordinates.
@dims
def test_values_and_gradients(name, estimate, dim):
    make, expected_kernel = KERNELS[name]
    ours, theirs = ESTIMATES[estimate]
    x, y = sets(dim)
    value, found = gradients(lambda a, b: ours(make(), a, b), x, y)
    wanted = [torch.tensor(a).double().requires_grad_() for a in (x, y)]
    expected = theirs(expected_kernel, *wanted)
    expected.backward()
    assert value == pytest.approx(expected.item(), rel=1e-6, abs=1e-6)
    for got, want in zip(found, wanted, strict=True):
        np.testing.assert_allclose(got, want.grad.numpy(), atol=1e-6)


@pytest.mark.parametrize("name", KERNELS)
def test_the_matrix_has_a_row_for_each(name):
    make, expected = KERNELS[name]
    x, y = sets(3)
    got = ops.convert_to_numpy(make()(x, y))
    assert got.shape == (12, 9) and got.dtype == "float32"
    want = expected(*(torch.tensor(a).double() for a in (x, y))).numpy()
    np.testing.assert_allclose(got, want, atol=2e-6)


@dims
@pytest.mark.parametrize("name", KERNELS)
def test_equal_points_have_finite_gradients(name, dim):
    x, _ = sets(dim)
    x[1] = x[0]
    x[2] = 0
    kernel = KERNELS[name][0]()

    def both(a, b):
        return biased_mmd2(kernel, a, b) + unbiased_mmd2(kernel, a, b)

    _, found = gradients(both, x, np.concatenate([x, np.zeros_like(x)]))
    assert all(np.isfinite(gradient).all() for gradient in found)


@dims
def test_a_set_has_no_distance_to_itself(dim):
    """To the last bit, on the diagonal, far from 0 as well."""
    x = ops.convert_to_tensor(sets(dim)[0] + 100)
    assert (ops.convert_to_numpy(ops.diagonal(Gaussian(0.01)(x, x))) == 1).all()
    value, (found,) = gradients(lambda a: biased_mmd2(Gaussian(), a, a), x)
    assert abs(value) < 2e-6 and np.abs(found).max() < 1e-6


def test_far_from_zero_digits_are_kept():
    x, y = (a + 100 for a in sets(50))
    got = number(biased_mmd2(Gaussian(1.0), x, y))
    wide = (torch.tensor(a).double() for a in (x, y))
    want = reference.biased(reference.gaussian(1.0), *wide).item()
    assert got == pytest.approx(want, abs=2e-6)


def test_unbiased_is_the_metric():
    x, y = sets(3, 40, 30)
    metric = kgan.metrics.MaximumMeanDiscrepancy(
        bandwidths=SIGMAS, num_permutations=1
    )
    metric.update_state(x, y)
    (want, _) = metric.result().values()
    got = number(unbiased_mmd2(Gaussian(), x, y)) / len(SIGMAS)
    assert got == pytest.approx(want, abs=1e-6)
    kid = kgan.metrics.KernelDistance(subset_size=None)
    kid.update_state(x, y)

    def cubic(a, b):
        return (ops.matmul(a, ops.transpose(b)) / 3 + 1) ** 3

    got = number(unbiased_mmd2(cubic, x, y))
    assert got == pytest.approx(float(kid.result()), rel=1e-5)


def test_two_point_masses():
    """2 - 2 exp(-d^2 / (2 s)) at distance d."""
    x, y = np.zeros((3, 2), "float32"), np.full((5, 2), 1.5, "float32")
    for s in (0.5, 2.0, 10.0):
        got = number(biased_mmd2(SquaredExponential(s), x, y))
        want = 2 - 2 * np.exp(-4.5 / (2 * s))
        assert got == pytest.approx(want, rel=1e-6)


def test_two_gaussians():
    """The discrepancy of N(0, I) and N(m, I), and 0 of equal ones."""
    rng = np.random.default_rng(3)
    dim, s, num, repeats = 2, 2.0, 150, 30
    shift = np.array([1.0, 0.5])
    kernel = SquaredExponential(s)

    def mean_of(shift):
        scores = []
        for _ in range(repeats):
            x, y = rng.standard_normal((2, num, dim)).astype("float32")
            scores.append(number(unbiased_mmd2(kernel, x, y + shift)))
        return np.mean(scores), np.std(scores) / np.sqrt(repeats)

    height = (s / (s + 2)) ** (dim / 2)
    want = 2 * height * (1 - np.exp(-(shift @ shift) / (2 * (s + 2))))
    for by, value in ((shift.astype("float32"), want), (np.float32(0), 0.0)):
        mean, error = mean_of(by)
        assert abs(mean - value) < 4 * error


@pytest.mark.once
@pytest.mark.parametrize("name", KERNELS)
def test_a_kernel_is_saved_by_its_name(name):
    kernel = KERNELS[name][0]()
    saved = keras.saving.serialize_keras_object(kernel)
    again = keras.saving.deserialize_keras_object(saved)
    assert type(again) is type(kernel)
    assert again.get_config() == kernel.get_config()
    assert saved["registered_name"] == f"kgan>{type(kernel).__name__}"


@pytest.mark.once
@pytest.mark.parametrize("value", [0, -1.0, [], [1.0, 0.0], "1", None, [True]])
def test_bad_scales_are_refused(value):
    for kernel, name in (
        (Gaussian, "sigmas"),
        (SquaredExponential, "bandwidths"),
        (RationalQuadratic, "alphas"),
    ):
        with pytest.raises(
            ValueError, match=f"`{name}` must.*Received: {name}"
        ):
            kernel(value)


@pytest.mark.once
def test_other_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="`linear`.*Received: linear=1"):
        RationalQuadratic(linear=1)
    with pytest.raises(ValueError, match="`kernel` must be a kernel.*Received"):
        kgan.MMDGAN(games.generator(), games.critic(), kernel="rbf")
