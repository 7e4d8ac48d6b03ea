import copy
import datetime
import functools
import hashlib
import json
import math
import os
import platform
import re
import struct
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import scipy

from kgan import scores
from kgan.metrics import ModeCoverage
from kgan.scores.__main__ import main

pytestmark = pytest.mark.once

BACKENDS = ("tensorflow", "jax", "torch")
PROTOCOL = {
    "dataset": "digits",
    "split": "test",
    "num_real": 100,
    "num_fake": 200,
    "image_size": 8,
}
RUN = {"seed": 3, "step": 500}


@keras.saving.register_keras_serializable("kgan_tests")
class MeanGap(keras.metrics.Metric):
    """|mean of real - mean of fake| of the features, to a power."""

    def __init__(self, features=None, power=1, name="mean_gap"):
        super().__init__(name=name)
        self.features, self.power = features, power
        self.gap = 0.0

    def update_state(self, real, fake):
        self.gap = float(np.abs(np.mean(real) - np.mean(fake)) ** self.power)

    def result(self):
        return self.gap

    def get_config(self):
        features = self.features
        if features is not None:
            features = keras.saving.serialize_keras_object(features)
        config = super().get_config()
        return config | {"features": features, "power": self.power}


class Spread(MeanGap):
    """Two scores in one result, one of them a tensor."""

    def result(self):
        return {"low": np.float32(0.5), "high": keras.ops.ones(())}


class Hidden(MeanGap):
    """A metric that keeps its extractor to itself."""

    def __init__(self, features):
        super().__init__(features)
        self._features, self.features = features, None

    def get_config(self):
        features = keras.saving.serialize_keras_object(self._features)
        return {"features": features}


def mean_features(samples):
    return samples


def other_features(samples):
    return samples + 1


def measured(metric):
    """The metric with samples whose means are 1 and 4."""
    metric.update_state(np.ones((5, 2)), np.full((4, 2), 4.0))
    return metric


def stamped(*metrics, **changes):
    metrics = [measured(metric) for metric in metrics or (MeanGap(),)]
    return scores.stamp(metrics, **{**PROTOCOL, **RUN, **changes})


def make_classifier(seed=0, name="classifier"):
    """Two outputs, a branch, weights that are not trained, all set by hand."""
    images = keras.Input((8, 8, 1))
    x = keras.layers.Resizing(4, 4)(images)
    x = keras.layers.Flatten()(x)
    features = keras.layers.Dense(3, activation="relu")(x)
    features = keras.layers.BatchNormalization()(features)
    logits = keras.layers.Dense(2)(features)
    model = keras.Model(images, [features, logits], name=name)
    random = np.random.default_rng(seed)
    model.set_weights(
        [random.uniform(0.1, 1.0, w.shape) for w in model.weights]
    )
    return model


def extractor_of(record):
    [entry] = record["protocol"]["metrics"].values()
    return entry["extractors"]["features"]


def mismatch(a, b):
    """Fields that differ, of two records that must not compare."""
    with pytest.raises(scores.ProtocolMismatch) as raised:
        scores.compare(a, b)
    for field, left, right in raised.value.differences:
        assert f"{field}: {left} | {right}" in str(raised.value)
    assert "Score both with the same protocol" in str(raised.value)
    return {field: (a, b) for field, a, b in raised.value.differences}


def fails(capsys, *arguments):
    """Runs the command, which must fail, and returns its message."""
    assert main([str(argument) for argument in arguments]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("error: ")
    assert "Traceback" not in printed.err
    return printed.err


# The record.


def test_record_says_how_it_was_measured():
    record = stamped(MeanGap(power=2), Spread(name="spread"))
    assert record["scores"] == {"mean_gap": 9.0, "low": 0.5, "high": 1.0}
    assert all(type(value) is float for value in record["scores"].values())
    protocol = record["protocol"]
    assert protocol == {
        "dataset": "digits",
        "split": "test",
        "resize": [8, 8],
        "num_real": 100,
        "num_fake": 200,
        "metrics": {
            "mean_gap": {
                "metric": "kgan_tests>MeanGap",
                "settings": {"features": None, "power": 2},
                "extractors": {},
            },
            "spread": {
                "metric": "Spread",
                "settings": {"features": None, "power": 1},
                "extractors": {},
            },
        },
        "settings": {},
    }


def test_record_says_of_which_run():
    before = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    generator = make_classifier()
    run = stamped(generator=generator, seed={"fit": 1, "latents": 2})["run"]
    after = datetime.datetime.now(datetime.UTC)
    assert run["seed"] == {"fit": 1, "latents": 2}
    assert run["step"] == 500
    assert run["backend"] == keras.backend.backend()
    assert run["generator_sha256"] == hash_by_hand(generator.get_weights())
    installed = {
        "python": platform.python_version(),
        "keras": keras.__version__,
        "numpy": np.__version__,
        "scipy": scipy.__version__,
    }
    assert installed.items() <= run["versions"].items()
    assert {"kgan", run["backend"]} <= set(run["versions"])
    assert run["machine"]["cpu_count"] == os.cpu_count()
    assert platform.node() not in run["machine"].values()
    assert re.search("cpu|gpu|cuda", run["machine"]["device"], re.I)
    date = datetime.datetime.fromisoformat(run["date"])
    assert before <= date <= after and date.utcoffset().seconds == 0


def test_plain_numbers_say_how_they_were_computed():
    record = scores.stamp(
        scores={"modes_found": 8, "good_share": np.float32(0.25)},
        protocol={"centres": np.eye(2), "radii": (1, math.inf), "by": None},
        **{**PROTOCOL, "image_size": None},
        **RUN,
    )
    assert record["scores"] == {"modes_found": 8.0, "good_share": 0.25}
    assert record["protocol"]["resize"] is None
    assert record["protocol"]["metrics"] == {}
    assert record["protocol"]["settings"] == {
        "centres": [[1.0, 0.0], [0.0, 1.0]],
        "radii": [1, "inf"],
        "by": None,
    }


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"dataset": ""}, "`dataset` must be a name"),
        ({"split": None}, "`split` must be a name"),
        ({"num_real": -1}, "`num_real` must be an integer"),
        ({"num_fake": 1.5}, "`num_fake` must be an integer"),
        ({"step": True}, "`step` must be an integer"),
        ({"seed": None}, "`seed` must be an integer"),
        ({"seed": {"fit": -1}}, "seed['fit']"),
        ({"image_size": 0}, "`image_size`"),
        ({"image_size": (8, 8, 1)}, "`image_size`"),
        ({"scores": {"x": 1.0}}, "pass protocol={}"),
        ({"scores": {"x": "1"}, "protocol": {}}, "single real numbers"),
        ({"scores": {"x": [1.0, 2.0]}, "protocol": {}}, "single real numbers"),
        ({"scores": {"mean_gap": 1.0}, "protocol": {}}, "'mean_gap' twice"),
        ({"protocol": {"a": {"b": object()}}}, "`protocol.a.b`"),
        ({"generator": make_classifier}, "`model` must be a Keras model"),
    ],
)
def test_bad_arguments(changes, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        stamped(**changes)


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: [], "at least one"),
        (lambda: MeanGap(), "must be a list"),
        (lambda: [0.5], "must be a list"),
        (lambda: [MeanGap(), MeanGap()], "'mean_gap' twice"),
        (lambda: [Spread(name="a"), Spread(name="b")], "'low' twice"),
        (lambda: [Hidden(make_classifier())], "must keep its 'features'"),
        (lambda: [MeanGap(keras.Sequential())], "that is built"),
    ],
)
def test_bad_metrics(make, message):
    metrics = make()
    with pytest.raises(ValueError, match=message):
        scores.stamp(metrics, **PROTOCOL, **RUN)


def test_a_metric_of_fewer_samples_than_stated_has_a_protocol_of_its_own():
    def of(num):
        metric = ModeCoverage(np.eye(2), 0.1)
        metric.update_state(np.ones((num, 2)), np.ones((num, 2)))
        return scores.stamp([metric], **PROTOCOL, **RUN)

    said, fewer = of(PROTOCOL["num_fake"]), of(150)
    entries = [r["protocol"]["metrics"]["mode_coverage"] for r in (said, fewer)]
    assert entries[1] == {**entries[0], "counts": {"fake": 150}}
    with pytest.raises(scores.ProtocolMismatch, match=r"counts: absent \|"):
        scores.compare(said, fewer)


# The extractor.


def hash_by_hand(arrays):
    """The documented hash of float32 weights, one number at a time."""
    content = b""
    for array in arrays:
        sides = ", ".join(str(side) for side in array.shape)
        content += f'["float32", [{sides}]]\n'.encode()
        for value in np.nditer(array, order="C"):
            content += struct.pack("<f", value)
    return hashlib.sha256(content).hexdigest()


def test_weights_hash_is_the_documented_one():
    dense = keras.layers.Dense(2)
    dense.build((None, 3))
    kernel = np.arange(6, dtype="float32").reshape(3, 2)
    bias = np.array([-1.0, 0.5], "float32")
    dense.set_weights([kernel, bias])
    by_hand = hash_by_hand([kernel, bias])
    assert scores.weights_hash(dense) == by_hand
    dense.set_weights([kernel, np.nextafter(bias, 1)])
    assert scores.weights_hash(dense) != by_hand


def test_weights_hash_outlives_saving(tmp_path):
    model = make_classifier()
    model.save(tmp_path / "x.keras")
    loaded = keras.saving.load_model(tmp_path / "x.keras", compile=False)
    by_hand = hash_by_hand(model.get_weights())
    assert scores.weights_hash(model) == by_hand
    assert scores.weights_hash(loaded) == by_hand


def test_weights_hash_tells_shape_and_type():
    hashes = set()
    for shape in ((2, 3), (3, 2)):
        for dtype in ("float32", "float16", "int32"):
            layer = keras.layers.Layer()
            layer.add_weight(shape, "zeros", dtype, trainable=False)
            layer.build(())
            hashes.add(scores.weights_hash(layer))
    assert len(hashes) == 6


def test_weights_hash_of_bfloat16_is_that_of_its_values():
    layer = keras.layers.Layer()
    weight = layer.add_weight(shape=(2,), dtype="bfloat16")
    layer.build(())
    weight.assign([1.5, -0.25])
    by_hand = hash_by_hand([np.array([1.5, -0.25], "float32")])
    assert scores.weights_hash(layer) == by_hand


@pytest.mark.slow
@pytest.mark.parametrize(
    "backend", [b for b in BACKENDS if b != keras.backend.backend()]
)
def test_extractor_is_the_same_on_another_backend(tmp_path, backend):
    path = tmp_path / "classifier.keras"
    make_classifier().save(path)
    features = keras.saving.load_model(path, compile=False)
    script = (
        "import json, sys, keras\n"
        "from kgan.scores.fingerprints import extractor_entry\n"
        "model = keras.saving.load_model(sys.argv[1], compile=False)\n"
        "print(json.dumps([keras.backend.backend(), extractor_entry(model)]))"
    )
    done = run_python(["-c", script, str(path)], KERAS_BACKEND=backend)
    assert done.returncode == 0, done.stderr
    entry = extractor_of(stamped(MeanGap(features)))
    assert json.loads(done.stdout.splitlines()[-1]) == [backend, entry]
    assert entry["name"] == "classifier"
    assert entry["weights_sha256"] == hash_by_hand(features.get_weights())


def test_extractor_is_told_by_weights_layers_and_name():
    record = stamped(MeanGap(make_classifier()))
    # Keras numbers the layers of the second model again.
    assert scores.compare(record, stamped(MeanGap(make_classifier()))).rows
    field = "metrics.mean_gap.extractors.features"
    for other, changed in [
        (make_classifier(seed=1), "weights_sha256"),
        (make_classifier(name="other"), "name"),
    ]:
        assert set(mismatch(record, stamped(MeanGap(other)))) == {
            f"{field}.{changed}"
        }
    # The same weights behind another resize.
    resized = [
        keras.Sequential(
            [
                keras.layers.Resizing(size, size),
                keras.layers.GlobalAveragePooling2D(),
                keras.layers.Dense(2, kernel_initializer="ones"),
            ],
            name="resized",
        )
        for size in (8, 16, 8)
    ]
    for batch_size, model in enumerate(resized, start=1):
        model(np.zeros((batch_size, 4, 4, 1), "float32"))
    a, b, c = (stamped(MeanGap(model)) for model in resized)
    assert set(mismatch(a, b)) == {f"{field}.definition_sha256"}
    assert scores.compare(a, c).rows


def test_extractor_of_another_precision():
    exact, mixed = (
        keras.layers.Dense(2, kernel_initializer="ones", name="x", dtype=dtype)
        for dtype in ("float32", "mixed_bfloat16")
    )
    for layer in (exact, mixed):
        layer.build((None, 3))
    # The weights stay float32; what is computed does not.
    assert scores.weights_hash(exact) == scores.weights_hash(mixed)
    differing = mismatch(stamped(MeanGap(exact)), stamped(MeanGap(mixed)))
    assert set(differing) == {
        "metrics.mean_gap.extractors.features.definition_sha256"
    }


def test_extractor_without_a_config_is_told_by_its_weights():
    class Own(keras.Model):
        def __init__(self, layers):
            super().__init__(name="own")
            self.inner = layers[0]

        def call(self, x):
            return self.inner(x)

        def get_config(self):
            raise NotImplementedError

    model = Own([keras.layers.Dense(2)])
    model(np.zeros((1, 3), "float32"))
    metric = measured(MeanGap(model))
    metric.get_config = lambda: {"features": None}
    entry = extractor_of(stamped(metric))
    assert entry == {
        "name": "own",
        "definition_sha256": None,
        "weights_sha256": hash_by_hand(model.get_weights()),
    }


def test_functions_are_told_by_name_and_source():
    entry = extractor_of(stamped(MeanGap(mean_features)))
    source = "def mean_features(samples):\n    return samples\n"
    assert entry == {
        "name": f"{__name__}.mean_features",
        "definition_sha256": hashlib.sha256(source.encode()).hexdigest(),
        "weights_sha256": None,
    }
    other = extractor_of(stamped(MeanGap(other_features)))
    assert other["name"] != entry["name"]
    assert other["definition_sha256"] != entry["definition_sha256"]


def test_function_without_a_name():
    metric = MeanGap(functools.partial(mean_features))
    metric.get_config = lambda: {"features": None}
    with pytest.raises(ValueError, match="wrap it in a function"):
        stamped(metric)


# The command.


def command_of(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "orig_argv", ["/opt/x/bin/python3", *arguments])
    return stamped()["run"]["command"]


def test_command_names_no_home(tmp_path, monkeypatch):
    home = tmp_path / "home" / "ada"
    project = home / "project"
    project.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(project)
    command = command_of(
        monkeypatch,
        "-u",
        f"{project}/recipes/digits.py",
        "--out",
        f"{home}/my runs/a",
        f"--data-dir={home}/data=1",
        f"cache={project}/cache",
        "--lr=1e-4",
        "../x.keras",
        "/data/y",
        "it's",
    )
    assert command == (
        "python -u recipes/digits.py --out ~/'my runs/a' "
        "'--data-dir=~/data=1' cache=cache --lr=1e-4 ../x.keras /data/y "
        "'it'\"'\"'s'"
    )


def test_command_at_the_root(monkeypatch):
    monkeypatch.setenv("HOME", "/")
    monkeypatch.chdir("/")
    assert command_of(monkeypatch, "/data/y.py") == "python /data/y.py"


# The file.


def test_file_gives_the_record_back(tmp_path):
    record = stamped(
        MeanGap(make_classifier()),
        scores={"third": 1 / 3, "tiny": 5e-324, "inf": math.inf, "-": -np.inf},
        protocol={"bound": math.inf, "name": "größer", "sizes": (1, 2)},
    )
    path = tmp_path / "new" / "scores.json"
    scores.write(record, path)
    assert scores.read(path) == record
    assert scores.read(str(path)) == record
    assert os.listdir(path.parent) == ["scores.json"]


def test_file_is_json_without_extensions(tmp_path):
    values = {"a": math.nan, "b": math.inf, "c": -math.inf, "d": 1.5}
    record = stamped(scores=values, protocol={})
    path = tmp_path / "scores.json"
    scores.write(record, path)

    def refuse(constant):
        raise AssertionError(constant)

    content = json.loads(path.read_text(), parse_constant=refuse)
    del content["scores"]["mean_gap"]
    assert content["scores"] == {"a": "nan", "b": "inf", "c": "-inf", "d": 1.5}
    given_back = scores.read(path)["scores"]
    assert math.isnan(given_back["a"])
    assert [given_back[name] for name in "bcd"] == [math.inf, -math.inf, 1.5]


def test_file_is_whole_or_not_there(tmp_path, monkeypatch):
    path = tmp_path / "scores.json"
    record = stamped()
    scores.write(record, path)

    def full(*arguments):
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="disk full"):
        scores.write(stamped(step=501), path)
    assert os.listdir(tmp_path) == ["scores.json"]
    assert scores.read(path) == record


def test_bare_numbers_are_not_written(tmp_path):
    path = tmp_path / "scores.json"
    with pytest.raises(ValueError, match="`kgan.scores.stamp`"):
        scores.write({"fid": 3.0}, path)
    record = stamped()
    record["protocol"]["settings"]["bound"] = math.nan
    with pytest.raises(ValueError, match="only what JSON can"):
        scores.write(record, path)
    assert not path.exists()


@pytest.mark.parametrize(
    "content, message",
    [
        (b"", "must be JSON"),
        (b"{", "must be JSON"),
        (b"\xff\xfe\x00", "must be JSON"),
        (b"[" * 100_000, "must be JSON"),
        (b'{"format": 1, "scores": {"a": NaN}}', "NaN is not JSON"),
        (b"[]", "without a format"),
        (b"{}", "without a format"),
        (b'{"fid": 3.0}', "without a format"),
        (b'{"format": "1"}', "format='1'"),
        (b'{"format": 0}', "format=0"),
        (b'{"format": true}', "format=True"),
        (b'{"format": 2}', "install a newer"),
        (b'{"format": 1, "scores": 3}', "without scores, protocol, run"),
    ],
)
def test_file_of_something_else(tmp_path, capsys, content, message):
    path = tmp_path / "scores.json"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message) as raised:
        scores.read(path)
    assert str(path) in str(raised.value)
    assert message in fails(capsys, path, path)


FIELDS = [
    *("scores", "protocol", "run", "protocol.dataset", "protocol.split"),
    *("protocol.resize", "protocol.num_real", "protocol.num_fake"),
    *("protocol.metrics", "protocol.settings", "run.seed", "run.step"),
    *("run.command", "run.backend", "run.versions", "run.machine", "run.date"),
]


@pytest.mark.parametrize("field", FIELDS)
def test_file_without_a_field(tmp_path, field):
    record = stamped()
    *part, key = field.split(".")
    del (record[part[0]] if part else record)[key]
    path = tmp_path / "scores.json"
    path.write_text(json.dumps(record))
    with pytest.raises(ValueError, match=f"without {re.escape(field)}$"):
        scores.read(path)


@pytest.mark.parametrize("value", ["3", "NaN", None, True, [1.0], 10**400])
def test_file_with_a_score_that_is_none(tmp_path, value):
    record = stamped()
    record["scores"]["mean_gap"] = value
    path = tmp_path / "scores.json"
    path.write_text(json.dumps(record))
    with pytest.raises(ValueError, match="must be numbers.*mean_gap="):
        scores.read(path)


def test_file_without_scores(tmp_path):
    path = tmp_path / "scores.json"
    path.write_text(json.dumps({**stamped(), "scores": {}}))
    with pytest.raises(ValueError, match="without any score"):
        scores.read(path)


def test_missing_file(tmp_path, capsys):
    path = tmp_path / "none.json"
    with pytest.raises(FileNotFoundError):
        scores.read(path)
    assert "none.json" in fails(capsys, path, path)
    assert str(tmp_path) in fails(capsys, tmp_path, path)


# The comparison.


def two_runs():
    """Records of one protocol whose scores are (3, 0) and (4.5, 2)."""
    a = stamped(scores={"zero": 0.0}, protocol={})
    b = stamped(seed=4, step=600, scores={"zero": 2.0}, protocol={})
    b["scores"]["mean_gap"] = 4.5
    b["run"]["versions"]["keras"] = "9.9.9"
    b["run"]["backend"] = "other"
    b["run"]["date"] = a["run"]["date"]
    return a, b


def test_rows_of_one_protocol():
    comparison = scores.compare(*two_runs())
    gap, zero = comparison.rows
    assert gap == ("mean_gap", 3.0, 4.5, 1.5)
    assert gap.relative == 0.5
    assert zero == ("zero", 0.0, 2.0, 2.0)
    assert math.isnan(zero.relative)
    assert {field: (a, b) for field, a, b in comparison.run_differences} == {
        "seed": ("3", "4"),
        "step": ("500", "600"),
        "versions.keras": (f'"{keras.__version__}"', '"9.9.9"'),
        "backend": (f'"{keras.backend.backend()}"', '"other"'),
    }
    backwards = scores.compare(*reversed(two_runs())).rows[0]
    assert backwards.difference == -1.5
    assert backwards.relative == pytest.approx(-1 / 3)


def test_equal_records_have_no_run_differences():
    record = stamped()
    comparison = scores.compare(record, copy.deepcopy(record))
    assert comparison.run_differences == []
    assert "differ" not in str(comparison)


def test_infinite_and_nan_scores_compare():
    a = stamped(scores={"kl": math.inf, "gap": 1.0}, protocol={})
    b = stamped(scores={"kl": 2.0, "gap": math.nan}, protocol={})
    _, kl, gap = scores.compare(a, b).rows
    assert kl.difference == -math.inf and math.isnan(kl.relative)
    assert math.isnan(gap.difference) and math.isnan(gap.relative)
    assert "inf" in str(scores.compare(a, b))


@pytest.mark.parametrize(
    "changes, expected",
    [
        ({"dataset": "mnist"}, {"dataset": ('"digits"', '"mnist"')}),
        ({"split": "train"}, {"split": ('"test"', '"train"')}),
        ({"image_size": None}, {"resize": ("[8, 8]", "null")}),
        ({"image_size": (8, 9)}, {"resize": ("[8, 8]", "[8, 9]")}),
        ({"num_real": 99}, {"num_real": ("100", "99")}),
        ({"num_fake": 99}, {"num_fake": ("200", "99")}),
        ({"protocol": {"k": 5}}, {"settings.k": ("absent", "5")}),
        ({"protocol": {"k": None}}, {"settings.k": ("absent", "null")}),
        (
            {"split": "train", "num_real": 99},
            {"split": ('"test"', '"train"'), "num_real": ("100", "99")},
        ),
    ],
)
def test_protocols_that_differ(changes, expected):
    assert mismatch(stamped(), stamped(**changes)) == expected
    turned = {field: (b, a) for field, (a, b) in expected.items()}
    assert mismatch(stamped(**changes), stamped()) == turned


def test_metrics_whose_settings_differ():
    a, b = stamped(MeanGap(power=1)), stamped(MeanGap(power=2))
    assert mismatch(a, b) == {"metrics.mean_gap.settings.power": ("1", "2")}


def test_metrics_of_one_name_and_another_class():
    class Other(MeanGap):
        pass

    differing = mismatch(stamped(MeanGap()), stamped(Other()))
    assert differing == {
        "metrics.mean_gap.metric": ('"kgan_tests>MeanGap"', '"Other"')
    }


def test_missing_scores_are_named():
    differing = mismatch(stamped(), stamped(MeanGap(), Spread(name="spread")))
    assert differing["scores.low"] == ("absent", "0.5")
    assert differing["scores.high"] == ("absent", "1.0")
    assert differing["metrics.spread"][0] == "absent"
    assert len(differing) == 3
    # Plain numbers have no entry among the metrics.
    a = stamped(scores={"x": 1.0}, protocol={})
    assert mismatch(a, stamped()) == {"scores.x": ("1.0", "absent")}


def test_long_values_are_told_apart():
    centres = np.zeros((30, 2))
    moved = centres.copy()
    moved[29, 1] = 0.5
    a, b = (stamped(protocol={"centres": x}) for x in (centres, moved))
    [(left, right)] = mismatch(a, b).values()
    assert left != right
    assert max(len(left), len(right)) <= 100


def test_only_records_compare():
    with pytest.raises(ValueError, match="`b`, without a format"):
        scores.compare(stamped(), {"fid": 3.0})


# The command `python -m kgan.scores`.


@pytest.fixture
def files(tmp_path):
    paths = tmp_path / "a.json", tmp_path / "b.json"
    for record, path in zip(two_runs(), paths, strict=True):
        scores.write(record, path)
    return paths


def test_prints_the_scores_side_by_side(files, capsys):
    assert main([str(path) for path in files]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    a, b, empty, *table = printed.out.splitlines()
    assert (a, b, empty) == (f"A: {files[0]}", f"B: {files[1]}", "")
    assert table[:3] == [
        "score     A    B  B - A  relative",
        "mean_gap  3  4.5   +1.5    +50.0%",
        "zero      0    2     +2",
    ]
    assert table[4] == "The protocols agree. The runs differ:"
    fields = [line.split()[0] for line in table[6:]]
    assert fields == ["seed", "step", "backend", "versions.keras"]


def test_refuses_other_protocols(files, capsys):
    record = stamped(split="train", scores={"zero": 2.0}, protocol={})
    scores.write(record, files[1])
    message = fails(capsys, *files)
    assert 'split: "test" | "train"' in message
    assert "num_real" not in message


def test_help_and_too_few_files(capsys):
    for arguments, code in ((["--help"], 0), (["a.json"], 2)):
        with pytest.raises(SystemExit) as stopped:
            main(arguments)
        assert stopped.value.code == code
    printed = capsys.readouterr()
    assert "score file" in printed.out and "exit code 2" in printed.out
    assert "required: B" in printed.err


def run_python(arguments, **environment):
    path = os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])
    return subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONPATH": path, **environment},
        capture_output=True,
        text=True,
    )


@pytest.mark.slow
def test_as_a_command(files):
    done = run_python(["-m", "kgan.scores", *map(str, files)])
    assert done.returncode == 0, done.stderr
    assert "+50.0%" in done.stdout
    assert "RuntimeWarning" not in done.stderr
