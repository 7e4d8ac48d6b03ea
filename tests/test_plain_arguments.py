"""Numbers, switches, names and paths that are none: refused by their name."""

import fractions
import pathlib

import games
import keras
import numpy as np
import pytest

import kgan
from kgan import arguments, metrics

pytestmark = pytest.mark.once


def hypermodel(**options):
    from kgan import tuning

    return tuning.GANHyperModel(
        games.generator,
        games.critic,
        [metrics.SlicedWasserstein(num_projections=4)],
        **options,
    )


REFUSED = [
    (lambda: hypermodel(min_variance_share=2), "min_variance_share"),
    (lambda: hypermodel(min_variance_share=None), "min_variance_share"),
    (lambda: hypermodel(min_variance_share="1"), "min_variance_share"),
    (lambda: hypermodel(min_variance_share=True), "min_variance_share"),
    (lambda: hypermodel(clip_value=1e-50), "clip_value"),
    (lambda: hypermodel(clip_value=10**400), "clip_value"),
    (lambda: hypermodel(seeds=[2**31]), "seeds"),
    (lambda: hypermodel(updates_per_epoch=10**30), "updates_per_epoch"),
    (lambda: metrics.FrechetDistance(name=3), "name"),
    (lambda: metrics.FrechetDistance(name=b"x"), "name"),
    (lambda: metrics.FrechetDistance(name=""), "name"),
    (lambda: metrics.FrechetDistance(num_samples=10**30), "num_samples"),
    (lambda: metrics.KernelDistance(num_subsets=10**30), "num_subsets"),
    (lambda: metrics.SlicedWasserstein(order=10**400), "order"),
    (
        lambda: metrics.SlicedWasserstein(num_projections=10**30),
        "num_projections",
    ),
    (lambda: metrics.ModeCoverage([[0.0]], True), "standard_deviation"),
    (lambda: metrics.ModeCoverage([[0.0]], 10**400), "standard_deviation"),
    (lambda: metrics.MSSSIM(value_range=("-1", "1")), "value_range"),
    (lambda: metrics.MSSSIM(value_range=(False, True)), "value_range"),
    (lambda: metrics.MSSSIM(value_range=10**400), "value_range"),
    (
        lambda: metrics.MaximumMeanDiscrepancy(bandwidths=["1"]),
        "bandwidths",
    ),
    (
        lambda: metrics.MaximumMeanDiscrepancy(bandwidths=[1e300]),
        "bandwidths",
    ),
    (
        lambda: metrics.MaximumMeanDiscrepancy(num_permutations=10**30),
        "num_permutations",
    ),
    (
        lambda: metrics.ClassifierTwoSampleTest(test_share=True),
        "test_share",
    ),
    (
        lambda: metrics.inception_features(None, (10**30, 8, 3)),
        "image_shape",
    ),
    (
        lambda: kgan.divergences.wasserstein([0.0], [1.0], order=10**400),
        "order",
    ),
    (lambda: kgan.data.ring_of_gaussians(radius=10**400), "radius"),
    # Infinite in float32.
    (lambda: kgan.data.ring_of_gaussians(radius=1e300), "radius"),
    (lambda: kgan.data.ring_of_gaussians(num_modes=10**30), "num_modes"),
    (lambda: kgan.data.grid_of_gaussians(side=10**30), "side"),
    (lambda: kgan.data.gaussian_pair(distance=10**400), "distance"),
    (lambda: kgan.data.swiss_roll(10**30), "num"),
    (lambda: kgan.data.swiss_roll(3, seed=2**32), "seed"),
    (lambda: kgan.data.Mixture("x", 1.0, "m"), "centres"),
    (lambda: kgan.data.Mixture([["1", "2"]], 1.0, "m"), "centres"),
    (lambda: kgan.data.Mixture([[1j]], 1.0, "m"), "centres"),
    (lambda: kgan.data.Mixture([[1e300]], 1.0, "m"), "centres"),
    (lambda: kgan.data.Mixture([[1.0], [1.0, 2.0]], 1.0, "m"), "centres"),
    (lambda: kgan.data.Mixture([[1.0]], 1.0, 3), "name"),
    (lambda: kgan.data.ring_of_gaussians().sample(10**30), "num"),
    (lambda: kgan.data.load("ring", labels=None), "labels"),
    (lambda: kgan.data.load("ring", shuffle="no"), "shuffle"),
    (lambda: kgan.data.load("ring", download=0), "download"),
    (lambda: kgan.data.load("ring", cache="a\0b"), "cache"),
    (lambda: kgan.data.load("ring", data_dir=3), "data_dir"),
    (lambda: scoped("yes"), "sharded_data"),
    (lambda: written(b"x"), "path"),
    (lambda: written("a\0b"), "path"),
]


def scoped(sharded_data):
    with kgan.distribution.scope(sharded_data):
        pass


def written(path):
    with kgan.distribution.writing(path):
        pass


@pytest.mark.parametrize(("call", "argument"), REFUSED)
def test_refused_by_name(call, argument):
    with pytest.raises(ValueError, match=rf"`{argument}`.*Received"):
        call()


def masked(num=8):
    return np.ma.masked_less(games.points(num), 0)


def test_masked_samples_are_refused():
    metric = metrics.FrechetDistance()
    with pytest.raises(ValueError, match="`fake` must be a plain array"):
        metric.update_state(games.points(8), masked())
    with pytest.raises(ValueError, match="`x` must be a plain array"):
        kgan.divergences.wasserstein(masked()[:, 0], [1.0])
    with pytest.raises(ValueError, match="`centres` must be a plain array"):
        metrics.ModeCoverage(masked(), 1.0)


def test_samples_that_are_a_layer():
    with pytest.raises(ValueError, match="`real` must hold real numbers"):
        metrics.FrechetDistance().update_state(
            keras.layers.ReLU(), games.points(8)
        )


def of(values):
    return lambda samples: np.full((len(samples), 2), values)


@pytest.mark.parametrize("values", ["x", 1j])
def test_features_that_are_no_real_numbers(values):
    metric = metrics.FrechetDistance(features=of(values))
    with pytest.raises(ValueError, match="`features` must return real"):
        metric.update_state(games.points(8), games.points(8))


def test_no_samples_have_no_density_ratio():
    metric = metrics.ClassifierTwoSampleTest()
    metric.update_state(games.points(8), games.points(8, seed=1))
    metric.result()
    with pytest.raises(ValueError, match="`samples` must hold at least one"):
        metric.density_ratio(games.points(8)[:0])


def test_two_metrics_of_one_name_are_refused_before_a_search():
    from kgan import tuning

    twice = [metrics.SlicedWasserstein(), metrics.SlicedWasserstein()]
    with pytest.raises(ValueError, match="more than once: sliced_wasserstein"):
        tuning.GANHyperModel(games.generator, games.critic, twice)


def test_builders_that_want_what_a_search_has_not():
    from kgan import tuning

    for builder in (lambda width: None, keras.layers.ReLU()):
        with pytest.raises(ValueError, match="`discriminator` must be a func"):
            tuning.GANHyperModel(
                games.generator, builder, [metrics.SlicedWasserstein()]
            )


@pytest.mark.parametrize(
    "trials", [None, {}, ["x"], [{}], [{"trial": "0", "seeds": {}}]]
)
def test_trials_of_another_kind(tmp_path, trials):
    from kgan import tuning

    for write, path in (
        (tuning.write_results, tmp_path),
        (tuning.write_hparams, tmp_path),
        (tuning.plot, tmp_path / "x.png"),
    ):
        with pytest.raises(ValueError, match="`trials` must be.*Received"):
            write(trials, path)
    assert not list(tmp_path.iterdir())


def test_tuners_of_another_kind():
    from kgan import tuning

    with pytest.raises(ValueError, match="`tuner` must be.*Received"):
        tuning.results(None)
    with pytest.raises(ValueError, match="`tuner` must be.*Received"):
        tuning.export_best(
            None, "x", validation_data=games.points(8), dataset="d", split="s"
        )


def test_integers():
    check = arguments.check_integer
    assert check("n", np.int64(3)) == 3
    assert check("n", 10**400, maximum=None) == 10**400
    for value in (True, 1.0, "1", None, 0, 2**31, 10**5000):
        with pytest.raises(ValueError, match="`n` must be.*Received: n="):
            check("n", value)


def test_numbers():
    def check(value):
        return arguments.check_number("x", value, "positive", lambda x: x > 0)

    assert check(np.float32(0.5)) == 0.5
    assert check(fractions.Fraction(1, 4)) == 0.25
    for value in (True, "1", None, 0, -0.0, float("nan"), 10**400, 1j):
        with pytest.raises(ValueError, match="`x` must be positive.*Received"):
            check(value)


def test_paths():
    check = arguments.check_path
    assert check("p", "a/b") == check("p", pathlib.Path("a", "b"))
    for value in (None, b"a", "", "a\0b", "a\ud800b", 3, ["a"]):
        with pytest.raises(ValueError, match="`p` must be a path.*Received"):
            check("p", value)
