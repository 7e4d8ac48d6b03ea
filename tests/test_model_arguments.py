"""Searches over arguments of a model's constructor, such as R3GAN's gamma."""

import csv
import json

import games
import keras
import keras_tuner
import pytest
from games import critic, generator, points
from tuning_jobs import hypermodel, tuner

import kgan
import kgan.tuning

# keras-tuner 1.4.8 calls threading.currentThread().getName().
pytestmark = [
    pytest.mark.once,
    pytest.mark.filterwarnings(
        "ignore:(currentThread|getName)\\(\\) is deprecated:DeprecationWarning"
    ),
    pytest.mark.usefixtures("untraced"),
]
DATA = {
    "x": points(96, seed=1),
    "validation_data": points(64, seed=2),
    "batch_size": 8,
    "verbose": 0,
}


def r3gan(**options):
    options = {"model": kgan.R3GAN, "clip_value": None, "n_critic": 1} | options
    return hypermodel(**options)


def arguments(given, **options):
    return r3gan(model_arguments=given, **options)


def built(model):
    """The model of keras-tuner's first values, and these."""
    hp = keras_tuner.HyperParameters()
    return model.build(hp), hp


def test_every_form_reaches_the_constructor():
    gan, hp = built(
        arguments(
            {
                "gamma": (0.01, 10.0),
                "name": ["one", "two"],
                "average": 0.5,
                "penalties": [kgan.penalties.LeCam(0.2)],
                "augmentation": None,
            }
        )
    )
    space = {parameter.name: parameter for parameter in hp.space}
    assert space["gamma"].sampling == "log"
    assert (space["gamma"].min_value, space["gamma"].max_value) == (0.01, 10.0)
    # A grid begins with what the class says.
    assert hp.values["gamma"] == gan.gamma == 1.0
    assert space["name"].values == ["one", "two"] and gan.name == "one"
    assert gan.average.decay == hp.values["average"] == 0.5
    assert [p.name for p in gan.penalties] == ["r1", "r2", "lecam"]
    assert gan.penalties[2].weight == 0.2 and gan.augmentation is None
    assert json.loads(hp.values["augmentation"]) is None
    assert "LeCam" in hp.values["penalties"]


class Switched(kgan.NonSaturatingGAN):
    def __init__(self, generator, discriminator, units=1, on=None, **options):
        super().__init__(generator, discriminator, **options)
        self.got = units, on


def test_integers_are_searched_evenly_and_booleans_stay_booleans():
    model = hypermodel(
        model=Switched, model_arguments={"units": (2, 5), "on": [True, False]}
    )
    gan, hp = built(model)
    space = {parameter.name: parameter for parameter in hp.space}
    assert space["units"].get_config()["sampling"] == "linear"
    assert gan.got == (2, True) and isinstance(gan.got[1], bool)
    # What its bases take is taken too, and what they need is asked for.
    built(hypermodel(model=Switched, model_arguments={"class_prior": 0.4}))

    class More(kgan.R3GAN):
        def __init__(self, made, judge, more=1, **options):
            super().__init__(made, judge, **options)

    with pytest.raises(ValueError, match="More cannot do without gamma"):
        hypermodel(model=More, model_arguments={"more": 2})
    built(hypermodel(model=More, model_arguments={"gamma": 2.0}))


def test_each_model_has_objects_of_its_own():
    model = arguments({"gamma": 1.0, "penalties": [kgan.penalties.LeCam()]})
    first, second = built(model)[0], built(model)[0]
    assert first.penalties[2] is not second.penalties[2]


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ({"gama": 1.0}, "arguments of R3GAN, which takes gamma, penalties"),
        ({}, "R3GAN cannot do without gamma: pass model_arguments={'gamma'"),
        (None, "cannot do without gamma"),
        (("gamma", 1), "must be a dict.*Received: model_arguments=\\('gamma"),
        ({"gamma": 1, "seed": 3}, "must not have 'seed'.*seeds="),
        ({"gamma": 1, "n_critic": 3}, "must not have 'n_critic'.*n_critic="),
        ({"gamma": 1, "critic": 3}, "which takes gamma.*Received: 'critic'"),
        ({"gamma": 1, 3: 3}, "dict with names of arguments"),
        ({"gamma": (10.0, 0.01)}, "\\['gamma'\\]` must be a tuple.*grow"),
        ({"gamma": (0.0, 1.0)}, "above 0 \\(on a log scale\\)"),
        ({"gamma": (1.0, float("inf"))}, "Received: gamma=\\(1.0, inf\\)"),
        ({"gamma": (1.0, 2.0, 3.0)}, "a tuple \\(smallest, largest\\)"),
        ({"gamma": ("a", "b")}, "of two numbers above 0"),
        ({"gamma": []}, "distinct and of one type.*Received: gamma=\\[\\]"),
        ({"gamma": [1.0, 1.0]}, "distinct and of one type"),
        ({"gamma": [1.0, "a"]}, "distinct and of one type"),
        ({"gamma": float("nan")}, "Received: gamma=nan"),
        ({"gamma": object()}, "an object that Keras can save and load"),
        ({"gamma": lambda: 1}, "an object that Keras can save and load"),
    ],
)
def test_what_cannot_be_is_refused_at_once(given, match):
    with pytest.raises(ValueError, match=match) as caught:
        arguments(given)
    assert "Received: " in str(caught.value)


@pytest.mark.parametrize(
    ("model", "given", "match"),
    [
        (kgan.R3GAN, {"gamma": [0.1, -1.0]}, "`gamma` must.*'gamma': -1.0"),
        (kgan.GAN, {"class_prior": (0.5, 2.0)}, "`class_prior`.*prior': 2.0"),
    ],
)
def test_ends_of_a_space_are_tried_before_the_search(
    tmp_path, model, given, match
):
    searched = tuner(
        "RandomSearch", r3gan(model=model, model_arguments=given), tmp_path
    )
    with pytest.raises(ValueError, match=match) as caught:
        kgan.tuning.search(searched, **DATA)
    assert "`model_arguments`" in str(caught.value)
    assert not searched.oracle.trials


def test_a_function_takes_what_it_names():
    def game(generator, critic, n_critic, seed, slope):
        return kgan.GAN(generator, critic, n_critic, seed=seed, name=slope)

    assert built(r3gan(model=game, model_arguments={"slope": "x"}))[0].name
    with pytest.raises(ValueError, match="game, which takes slope"):
        r3gan(model=game, model_arguments={"slope": "x", "steep": 1})

    def any_game(generator, critic, **options):
        return kgan.GAN(generator, critic, **options)

    gan, _ = built(r3gan(model=any_game, model_arguments={"name": "any"}))
    assert gan.name == "any"


@pytest.mark.slow
def test_gamma_is_searched_recorded_exported_and_gone_on_with(tmp_path):
    given = {"gamma": (0.01, 10.0), "name": "found"}
    searched = tuner("RandomSearch", arguments(given), tmp_path, 2)
    first = kgan.tuning.search(searched, **DATA, out=tmp_path)
    gammas = [trial["gamma"] for trial in first]
    assert len(set(gammas)) == 2 and all(0.01 <= g <= 10 for g in gammas)
    with open(tmp_path / "trials.csv") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["gamma"]) for row in rows] == gammas
    assert {row["name"] for row in rows} == {"found"}
    record = kgan.tuning.export_best(
        searched,
        tmp_path / "best",
        validation_data=DATA["validation_data"],
        dataset="points",
        split="test",
        batch_size=8,
    )
    assert record["run"]["hyperparameters"]["gamma"] == gammas[0]
    saved = kgan.scores.read(tmp_path / "best" / "best_generator.json")
    assert saved == record
    score = record["scores"]["sliced_wasserstein"]
    assert score == pytest.approx(min(first[0]["seeds"].values()), rel=1e-5)
    # Another process, two trials more.
    keras.utils.clear_session()
    resumed = tuner("RandomSearch", arguments(given), tmp_path, 4)
    both = kgan.tuning.search(resumed, **DATA)
    assert len(both) == 4
    assert set(gammas) < {trial["gamma"] for trial in both}
    # Not with what it did not begin with.
    for other in ({"gamma": (0.01, 20.0)}, {"gamma": (0.01, 10.0)}):
        if other["gamma"] == given["gamma"]:
            other["name"] = "another"
        changed = tuner("RandomSearch", arguments(other), tmp_path, 5)
        with pytest.raises(ValueError, match="that it began with.*overwrite"):
            kgan.tuning.search(changed, **DATA)


def test_gamma_trains_what_it_says():
    """The trained weights are those of an R3GAN of that gamma."""
    model = arguments({"gamma": [0.1, 5.0]})
    hp = keras_tuner.HyperParameters()
    hp.Fixed("gamma", 5.0)
    searched = model.build_seed(hp, 3)
    keras.utils.set_random_seed(3)
    alone = kgan.R3GAN(generator(), critic(), gamma=5.0, seed=3)
    alone.compile()
    real = points(32)
    for gan in (searched, alone):
        gan.fit(real, batch_size=8, shuffle=False, verbose=0)
    assert games.distance(games.weights(searched), games.weights(alone)) == 0


def test_a_paper_without_a_clip_is_searched_without_one():
    options = {"metrics": [kgan.metrics.SlicedWasserstein()]}
    networks = generator, critic
    build = kgan.tuning.GANHyperModel
    assert build(*networks, **options).spaces["clip_value"] == (1e-3, 1e-1)
    for model in (kgan.GAN, kgan.WGANGP):
        assert (
            "clip_value" not in build(*networks, model=model, **options).spaces
        )
    searched = build(*networks, model=kgan.GAN, clip_value=0.1, **options)
    assert searched.spaces["clip_value"] == 0.1
    hp = keras_tuner.HyperParameters()
    build(
        *networks,
        generator_learning_rate=(1e-6, 1e-2),
        **options,
    ).build(hp)
    # Of algorithm 1, as before.
    assert hp.values == {
        "n_critic": 5,
        "clip_value": 0.01,
        "generator_learning_rate": 5e-5,
    }
