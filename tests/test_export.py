"""Exports: what they compute, what is refused, what is left behind."""

import dataclasses
import importlib.util
import pathlib

import keras
import numpy as np
import pytest

import kgan
from kgan import archives, presets
from kgan.commands.export import FORMATS
from kgan.export import comparing, exporting, writing
from kgan.export.__main__ import main
from kgan.export.copies import input_specs, plain
from kgan.export.formats import FORMATS as KNOWN
from kgan.export.placing import check_place, placed
from kgan.export.portable import portable
from kgan.presets.table import PRESETS

architectures = kgan.architectures
GENERATORS = {
    "digits": lambda: "digits",
    "ring": lambda: "ring",
    "r3gan": lambda: architectures.r3gan_generator(
        (8, 8, 1), 4, widths=(16, 16), num_classes=3
    ),
    "components": lambda: architectures.dcgan_generator(
        (8, 8, 1), 4, filters=2, num_components=3
    ),
    "sngan": lambda: architectures.resnet_generator(
        (32, 32, 1), 4, filters=8, spectral=True, attention=16
    ),
}


def dense(num_classes=3):
    return architectures.mlp_generator(
        output_dim=2, latent_dim=3, hidden_units=[4], num_classes=num_classes
    )


def inputs_of(model, batch=3):
    latents = kgan.images.latents(batch, model.inputs[0].shape[-1], seed=4)
    if len(model.inputs) == 1:
        return latents
    return [latents, np.arange(batch, dtype="int32") % 3]


def outputs(model, values):
    return keras.ops.convert_to_numpy(model(values))


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.once
def test_the_command_knows_the_formats():
    assert tuple(KNOWN) == FORMATS


@pytest.mark.once
@pytest.mark.parametrize(
    ("source", "format", "out", "words"),
    [
        ("ring", "tflite", "out", "format='tflite'"),
        ("ring", None, "out", "one of onnx, tf_saved_model"),
        ("ringo", "tf_saved_model", "out", "a preset: digits, .*'ringo'"),
        ("missing.keras", "tf_saved_model", "out", "missing.keras"),
        (3, "tf_saved_model", "out", "`source` must be a string"),
        ("critic", "tf_saved_model", "out", "`source` must hold a generator"),
        ("untrained", "tf_saved_model", "out", "not trained"),
        ("ring", "tf_saved_model", "", "`out` must be not empty"),
        ("ring", "tf_saved_model", "file", "which is a file"),
        ("ring", "tf_saved_model", "folder", "holds 'mine'"),
        ("ring", "tf_saved_model", "file/below", "`out`"),
    ],
)
def test_bad_arguments_are_refused(
    tmp_path, monkeypatch, source, format, out, words
):
    monkeypatch.chdir(tmp_path)
    row = dataclasses.replace(PRESETS["ring"], name="untrained")
    monkeypatch.setitem(PRESETS, "untrained", row)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "mine").touch()
    (tmp_path / "file").touch()
    if source == "critic":
        source = architectures.dcgan_discriminator((8, 8, 1), filters=2)
    with pytest.raises(ValueError, match=words):
        kgan.export.export(source, format, out)
    assert names_in(tmp_path) == ["file", "folder"]


@pytest.mark.once
def test_a_missing_extra_is_named(tmp_path, monkeypatch, capsys):
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name: None if name == "openvino" else found(name),
    )
    out = tmp_path / "model.xml"
    words = r"no module openvino. Install it: pip install \"kgan\[export\]\""
    with pytest.raises(ImportError, match=words):
        kgan.export.export(dense(), "openvino", out)
    assert main(["ring", "--format", "openvino", "--out", str(out)]) == 2
    assert capsys.readouterr().err.startswith("error: OpenVINO needs")
    assert names_in(tmp_path) == []


@pytest.mark.once
def test_what_is_written_appears_whole_or_not_at_all(tmp_path):
    folder, pair = tmp_path / "model", tmp_path / "model.xml"
    saved, openvino = KNOWN["tf_saved_model"], KNOWN["openvino"]
    for text in ("first", "second"):
        with placed(check_place(folder, saved), saved) as unfinished:
            assert unfinished.parent.parent.parent == tmp_path
            unfinished.mkdir()
            (unfinished / "saved_model.pb").write_text(text)
        with placed(check_place(pair, openvino), openvino) as unfinished:
            unfinished.write_text(text)
            unfinished.with_suffix(".bin").write_text(text)
        assert (folder / "saved_model.pb").read_text() == text
        assert pair.read_text() == text
    assert names_in(tmp_path) == ["model", "model.bin", "model.xml"]
    with pytest.raises(KeyError), placed(folder, saved) as unfinished:
        unfinished.mkdir()
        raise KeyError
    with pytest.raises(KeyError), placed(pair, openvino) as unfinished:
        unfinished.write_text("third")
        raise KeyError
    assert (folder / "saved_model.pb").read_text() == "second"
    assert pair.read_text() == "second"
    assert names_in(tmp_path) == ["model", "model.bin", "model.xml"]


@pytest.mark.once
@pytest.mark.parametrize(
    ("received", "expected"),
    [
        ([[0.5, 2.0]], 0.0),
        ([[0.5, 2.5]], 0.25),
        ([[0.25, 2.0]], 0.125),
        ([[0.5, np.nan]], np.nan),
        ([[0.5, np.inf]], np.inf),
        ([0.5, 2.0], np.inf),
    ],
)
def test_differences(received, expected):
    actual = comparing._difference(np.array([[0.5, 2.0]]), np.array(received))
    np.testing.assert_equal(actual, expected)


@pytest.mark.once
def test_differences_of_small_values_are_not_shares():
    small = np.array([[0.25, -0.5]])
    assert comparing._difference(small, small + 0.125) == 0.125


in_this_process = pytest.mark.skipif(
    keras.backend.backend() == "torch",
    reason="A process of TensorFlow's own writes SavedModels there.",
)


@pytest.mark.once("tensorflow")
@pytest.mark.slow
@in_this_process
def test_a_saved_model_computes_the_generator(tmp_path, capsys):
    import tensorflow as tf

    model, out = dense(), tmp_path / "model"
    model.save(tmp_path / "generator.keras")
    path = str(tmp_path / "generator.keras")
    assert main([path, "--format", "tf_saved_model", "--out", str(out)]) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith(f"done: {out}, tf_saved_model of {path}")
    assert "inputs latents, labels; largest difference" in captured.out
    assert captured.err == ""
    latents, labels = inputs_of(model)
    served = tf.saved_model.load(str(out)).signatures["serving_default"]
    [samples] = served(
        latents=tf.constant(latents), labels=tf.constant(labels)
    ).values()
    np.testing.assert_allclose(
        samples, model.predict([latents, labels], verbose=0), atol=1e-6
    )
    assert names_in(tmp_path) == ["generator.keras", "model"]


@pytest.mark.once("tensorflow")
@pytest.mark.slow
@in_this_process
def test_a_file_that_differs_is_removed(tmp_path, monkeypatch):
    model, out = dense(num_classes=None), tmp_path / "model"
    write = writing.write

    def write_another(model, format, path):
        kernel = model.layers[-1].kernel
        kernel.assign(kernel + 3e-4)
        write(model, format, path)

    monkeypatch.setattr(exporting.writing, "write", write_another)
    before = model.get_weights()
    with pytest.raises(RuntimeError, match="does not compute.*Try another"):
        kgan.export.export(model, "tf_saved_model", out)
    assert names_in(tmp_path) == []
    # The user's model is a copy's source, and is left as it was.
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.once
def test_what_cannot_be_written_is_said(tmp_path, monkeypatch):
    def fail(*arguments, **options):
        raise KeyError("no such operation\nand a trace")

    monkeypatch.setattr(keras.Model, "export", fail)
    monkeypatch.setattr(exporting.elsewhere, "write", writing.write)
    with pytest.raises(RuntimeError, match="KeyError: 'no such operation"):
        kgan.export.export(dense(), "tf_saved_model", tmp_path / "model")
    assert names_in(tmp_path) == []


@pytest.mark.once("tensorflow")
def test_portable_layers_compute_the_same():
    layers = keras.layers
    latents = keras.Input((6,))
    x = layers.EinsumDense("bc,chw->bhwc", (3, 4, 6), activation="tanh")(
        latents
    )
    x = layers.UpSampling2D(interpolation="bilinear")(x)
    x = layers.Conv2D(
        4,
        3,
        2,
        padding="same",
        groups=2,
        activation="relu",
        bias_initializer="normal",
    )(x)
    model = keras.Model(latents, x)
    values = inputs_of(model)
    simple = portable(model)
    kinds = {type(layer).__module__ for layer in simple.layers[1:4]}
    assert "kgan.export.portable" in kinds
    np.testing.assert_allclose(
        outputs(simple, values), outputs(model, values), atol=1e-6
    )


@pytest.mark.once
def test_models_become_float32_and_keras_own():
    inputs = keras.Input((3,), name="z")
    policy = keras.DTypePolicy("mixed_bfloat16")
    normalized = kgan.layers.SpectralNormalization(keras.layers.Dense(4))
    x = keras.layers.Dense(2, dtype=policy)(normalized(inputs))
    model = keras.Model(inputs, x)
    copy = plain(model)
    assert {layer.compute_dtype for layer in copy.layers} == {"float32"}
    assert {type(layer) for layer in copy.layers[1:]} == {keras.layers.Dense}
    (a, b), (c, d) = (layer.get_weights() for layer in copy.layers[1:])
    (raw, _), (last, _) = (
        model.layers[1].layer.get_weights(),
        model.layers[2].get_weights(),
    )
    sigma = keras.ops.convert_to_numpy(model.layers[1].sigma())
    values = inputs_of(model).astype("float64")
    expected = (values @ (raw / sigma) + b) @ last + d
    np.testing.assert_allclose(
        outputs(copy, inputs_of(model)), expected, atol=1e-5
    )
    [spec] = input_specs(copy)
    assert (spec.name, spec.shape, spec.dtype) == (
        "latents",
        (None, 3),
        "float32",
    )
    float32 = dense()
    assert plain(float32, bake=False) is float32


@pytest.mark.once
def test_components_become_float32_and_8_bits():
    """Quick tier, 1 s: the operations that choose a vector are copied."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        half = GENERATORS["components"]()
    finally:
        keras.config.set_dtype_policy(before)
    whole = GENERATORS["components"]()
    whole.set_weights(half.get_weights())
    values = inputs_of(whole, batch=20)
    assert {layer.compute_dtype for layer in plain(half).layers} == {"float32"}
    expected = outputs(whole, values)
    np.testing.assert_allclose(
        outputs(plain(half), values), expected, atol=1e-6
    )
    small = outputs(kgan.export.int8(half), values)
    assert 0 < np.abs(small - expected).max() < 0.1 * np.ptp(expected)


def test_int8_is_the_rounded_kernel_and_loads(tmp_path):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    small = kgan.export.int8(model)
    kernel = model.get_weights()[0]
    # Of each output: the largest weight is 127.
    scale = 127 / np.abs(kernel).max(axis=0)
    weights = small.layers[0].get_weights()
    [quantized] = [value for value in weights if value.dtype == np.int8]
    assert np.abs(quantized - kernel * scale).max() <= 0.5 + 1e-4
    assert model.layers[0].dtype_policy.name == "float32"
    values = inputs_of(model)
    small.save(tmp_path / "small.keras")
    loaded = archives.load_model(tmp_path / "small.keras")
    np.testing.assert_array_equal(
        outputs(loaded, values), outputs(small, values)
    )
    np.testing.assert_allclose(
        outputs(loaded, values),
        outputs(model, values),
        atol=0.05,
    )


@pytest.mark.once
def test_int8_refuses_what_it_would_leave_alone():
    inputs = keras.Input((4, 4, 1))
    model = keras.Model(inputs, keras.layers.Conv2D(1, 3)(inputs))
    with pytest.raises(ValueError, match="Keras quantizes.*Conv2D"):
        kgan.export.int8(model)
    with pytest.raises(ValueError, match="`model` must be a generator"):
        kgan.export.int8("digits")


@pytest.mark.soak
@pytest.mark.parametrize("name", GENERATORS)
@pytest.mark.parametrize("format", FORMATS)
def test_every_format_of_every_generator(tmp_path, format, name):
    missing = [p for p in KNOWN[format].packages if not installed(p)]
    if missing:
        pytest.skip(f"the extra kgan[export] is not installed: {missing}")
    source, out = GENERATORS[name](), tmp_path / "model"
    done = kgan.export.export(source, format, out)
    assert done.difference < 1e-5
    assert done.path == out and names_in(tmp_path) == ["model"]
    if isinstance(source, str):
        source = presets.generator(source)
    assert done.inputs == ("latents", "labels")[: len(source.inputs)]
    if format == "openvino":
        assert names_in(out) == ["model.bin", "model.xml"]


def installed(package):
    return importlib.util.find_spec(package) is not None


@pytest.mark.soak
@pytest.mark.once("tensorflow")
def test_int8_loses_little_score_and_half_of_the_file():
    from kgan.files import model_bytes
    from kgan.presets import judging, sources, table

    preset = table.preset("digits")
    real, labels = sources.images(preset, "test", None, judging.MOST)
    generator = presets.generator("digits")
    small = kgan.export.int8(generator)
    assert len(model_bytes(small)) < 0.5 * len(model_bytes(generator))
    scores = []
    for network in (generator, small):
        metric = kgan.metrics.FrechetDistance(presets.classifier("digits"))
        metric.update_state(real, judging.draw(network, len(real), labels))
        scores.append(float(metric.result()))
    assert scores[1] < 1.02 * scores[0]


@pytest.mark.soak
@pytest.mark.once("tensorflow")
def test_the_page_runs_in_order(tmp_path):
    import re

    from test_readme import run

    missing = [p for p in ("onnxruntime", "openvino") if not installed(p)]
    if missing:
        pytest.skip(f"the extra kgan[export] is not installed: {missing}")
    root = pathlib.Path(__file__).resolve().parents[1]
    text = (root / "docs" / "export.md").read_text()
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    result = run("\n".join(blocks), tmp_path)
    assert result.returncode == 0, result.stderr
