"""Every script in recipes/: its options, and what a short run writes."""

import json
import os
import pathlib
import re
import runpy
import subprocess
import sys
import warnings

import keras
import numpy as np
import pytest
import scipy
from PIL import Image

import kgan

pytestmark = pytest.mark.usefixtures("untraced")

ROOT = pathlib.Path(__file__).resolve().parents[1]
SHARED_DATA = ROOT.parent / "shared" / "data"
SCRIPTS = sorted(path.stem for path in (ROOT / "recipes").glob("*.py"))
# They take no --objective of one run, and leave no generator.
OTHERS = {
    "classifier",
    "fine_tune",
    "flow_vae",
    "judge",
    "many_devices",
    "mode_collapse",
    "stacked_mnist",
    "tune_wgan",
    "vq_vae",
    "zoo_grid",
}
# They leave one, and take no --objective.
AUTOENCODERS = ["flow_vae", "vq_vae"]
RECIPES = [script for script in SCRIPTS if script not in OTHERS]
# Image shape of what each recipe draws, with the options of SHORT below.
SAMPLE_SHAPES = {
    "celeb_a": (64, 64, 3),
    "cifar10": (32, 32, 3),
    "digits": (16, 16, 1),
    "fashion_mnist": (28, 28, 1),
    "gaussians": (2,),
    "image_folder": (8, 8, 3),
    "kmnist": (28, 28, 1),
    "lsun": (64, 64, 3),
    "mnist": (28, 28, 1),
}
SHORT = ("--epochs", "1", "--steps-per-epoch", "2", "--batch-size", "4")

needs_shared_data = pytest.mark.skipif(
    not (SHARED_DATA / "seed_tfds_cache.py").is_file(),
    reason="the offline data folder ../shared/data is not there",
)
# digits, gaussians and image_folder, run on every backend, take the path of
# all others through kgan.
once_is_enough = pytest.mark.once


def run_as_main(monkeypatch, recipe, *arguments):
    """Runs a recipe in this process, as `python recipes/x.py` would."""
    path = str(ROOT / "recipes" / f"{recipe}.py")
    monkeypatch.setattr(sys, "argv", [path, *map(str, arguments)])
    return runpy.run_path(path, run_name="__main__")


@pytest.fixture
def run_here(monkeypatch, capsys):
    """Runs a recipe in this process; returns what it printed."""

    def run(recipe, *arguments):
        # As in a separate process, where no warning is an error.
        with warnings.catch_warnings():
            warnings.simplefilter("default")
            run_as_main(monkeypatch, recipe, *arguments)
        return capsys.readouterr().out

    return run


def run_in_shell(recipe, *arguments):
    """Runs a recipe as a user does; returns what it printed."""
    command = [sys.executable, ROOT / "recipes" / f"{recipe}.py", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    finished = subprocess.run(
        list(map(str, command)),
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert finished.returncode == 0, finished.stderr[-4000:]
    return finished.stdout


def check_written(recipe, out, printed):
    """Checks the files that every recipe promises."""
    assert f"python -m kgan.sample {out}/generator.keras" in printed
    for picture in (out / "samples" / "epoch_0001.png", out / "losses.png"):
        with Image.open(picture) as image:
            image.load()
    if recipe not in ("gaussians", "image_folder"):
        record = kgan.scores.read(out / "scores.json")
        assert record["run"]["step"] == 2
        assert record["protocol"]["num_real"] == record["protocol"]["num_fake"]
        assert all(score > 0 for score in record["scores"].values())
    header, *rows = (out / "losses.csv").read_text().splitlines()
    assert {"discriminator_loss", "generator_loss"} < set(header.split(","))
    assert len(rows) == 1
    generator = keras.saving.load_model(out / "generator.keras")
    run = keras.saving.load_model(out / "run.keras")
    assert int(run.optimizer.iterations.numpy()) == 2
    latents = np.zeros((3, generator.input_shape[-1]), "float32")
    samples = generator.predict(latents, verbose=0)
    assert samples.shape == (3, *SAMPLE_SHAPES[recipe])
    np.testing.assert_array_equal(
        samples, run.sampling_generator.predict(latents, verbose=0)
    )


@pytest.mark.once
def test_each_recipe_is_tested():
    assert sorted(SAMPLE_SHAPES) == RECIPES


@pytest.mark.once
@pytest.mark.parametrize("recipe", RECIPES)
def test_help_lists_the_common_options_with_their_defaults(
    monkeypatch, capsys, recipe
):
    with pytest.raises(SystemExit) as exit_info:
        run_as_main(monkeypatch, recipe, "--help")
    assert exit_info.value.code == 0
    printed = capsys.readouterr().out
    table = kgan.objectives.table().items()
    choices = ",".join(name for name, row in table if row.has_discriminator)
    for option in (
        f"--objective {{{choices}}}",
        "--epochs",
        "--seed",
        "--resume",
    ):
        assert option in printed
    assert "--steps-per-epoch" in printed
    assert "(default: wgan)" in printed
    default_out = os.path.join("runs", recipe)
    assert f"(default: {default_out})" in " ".join(printed.split())


@pytest.mark.once
@pytest.mark.parametrize("recipe", RECIPES)
def test_unknown_objective_is_an_error_of_use(
    monkeypatch, capsys, tmp_path, recipe
):
    folder = [tmp_path] if recipe == "image_folder" else []
    with pytest.raises(SystemExit) as exit_info:
        run_as_main(monkeypatch, recipe, *folder, "--objective", "vae")
    assert exit_info.value.code == 2
    assert "vae" in capsys.readouterr().err


@pytest.mark.once
@pytest.mark.parametrize("recipe", SCRIPTS)
def test_docstring_gives_commands_that_its_parser_knows(
    monkeypatch, capsys, recipe
):
    text = (ROOT / "recipes" / f"{recipe}.py").read_text()
    docstring = text.split('"""')[1]
    commands = re.findall(
        rf"^    (?:KERAS_BACKEND=jax )?python recipes/{recipe}.py(.*)$",
        docstring,
        re.M,
    )
    assert commands
    for options in commands:
        # --help comes last, so that the options before it are parsed first.
        with pytest.raises(SystemExit) as exit_info:
            run_as_main(monkeypatch, recipe, *options.split(), "--help")
        assert exit_info.value.code == 0, options
    capsys.readouterr()


@pytest.mark.once
@pytest.mark.parametrize("recipe", [*RECIPES, *AUTOENCODERS, "stacked_mnist"])
def test_a_recipe_is_short(recipe):
    text = (ROOT / "recipes" / f"{recipe}.py").read_text()
    assert len(text.splitlines()) <= 70


@pytest.mark.once
def test_readme_has_a_row_for_each_recipe():
    readme = (ROOT / "recipes" / "README.md").read_text()
    rows = re.findall(r"^\| \[(\w+)\]\((\w+)\.py\) \|", readme, re.M)
    assert {name for name, _ in rows} == set(SCRIPTS)
    assert all(name == file for name, file in rows)


@pytest.mark.once
@pytest.mark.slow
def test_digits(tmp_path):
    printed = run_in_shell("digits", *SHORT, "--out", tmp_path)
    check_written("digits", tmp_path, printed)
    with Image.open(tmp_path / "samples" / "samples.gif") as animation:
        assert animation.n_frames == 1


@pytest.mark.once
@pytest.mark.soak
@pytest.mark.parametrize("recipe", AUTOENCODERS)
def test_autoencoders(run_here, tmp_path, recipe):
    printed = run_here(recipe, *SHORT, "--out", tmp_path)
    assert f"python -m kgan.sample {tmp_path}/generator.keras" in printed
    assert kgan.scores.read(tmp_path / "scores.json")["run"]["step"] == 2
    assert (tmp_path / "samples" / "epoch_0001.png").is_file()
    generator = keras.saving.load_model(tmp_path / "generator.keras")
    assert generator.output_shape == (None, 16, 16, 1)


@pytest.mark.soak  # `test_checkpoint` and the kills go on in every run.
@once_is_enough
def test_digits_go_on(run_here, tmp_path):
    run_here("digits", *SHORT, "--out", tmp_path)
    best = (tmp_path / "best_generator.keras").read_bytes()
    longer = ("--epochs", "2", *SHORT[2:], "--resume", "--out", tmp_path)
    run_here("digits", *longer)
    rows = (tmp_path / "losses.csv").read_text().splitlines()[1:]
    assert [row.split(",")[0] for row in rows] == ["1", "2"]
    run = keras.saving.load_model(tmp_path / "run.keras")
    assert int(run.optimizer.iterations.numpy()) == 4
    record = json.loads((tmp_path / "best_generator.json").read_text())
    assert record["monitor"] == "val_frechet_distance"
    kept = (tmp_path / "best_generator.keras").read_bytes() == best
    assert kept == (record["epoch"] == 1)
    with Image.open(tmp_path / "samples" / "samples.gif") as animation:
        assert animation.n_frames == 2


@pytest.mark.slow
@once_is_enough
@pytest.mark.parametrize(
    "objective", [pytest.param("gan", marks=pytest.mark.soak), "nsgan"]
)
def test_other_objectives_are_not_clipped(
    monkeypatch, capsys, tmp_path, objective
):
    arguments = (*SHORT, "--objective", objective, "--out", tmp_path)
    run_as_main(monkeypatch, "digits", *arguments)
    check_written("digits", tmp_path, capsys.readouterr().out)
    header = (tmp_path / "losses.csv").read_text().splitlines()[0]
    assert "jsd_estimate" in header
    assert "clipped_share" not in header


@pytest.mark.soak
@once_is_enough
def test_the_same_seed_gives_the_same_generator(monkeypatch, capsys, tmp_path):
    weights = []
    for run, seed in (("first", 1), ("again", 1), ("other", 2)):
        arguments = (*SHORT, "--seed", seed, "--out", tmp_path / run)
        run_as_main(monkeypatch, "digits", *arguments)
        generator = keras.saving.load_model(tmp_path / run / "generator.keras")
        weights.append(generator.get_weights()[0])
    np.testing.assert_array_equal(weights[0], weights[1])
    assert not np.array_equal(weights[0], weights[2])


@pytest.mark.once
@pytest.mark.slow
def test_gaussians_are_scored(run_here, tmp_path):
    printed = run_here("gaussians", *SHORT, "--out", tmp_path)
    check_written("gaussians", tmp_path, printed)
    scores = kgan.scores.read(tmp_path / "scores.json")["scores"]
    assert 0 <= scores["modes_found"] <= 8
    # Once more, from the saved generator and by hand.
    generator = keras.saving.load_model(tmp_path / "generator.keras")
    latents = np.random.default_rng(0).standard_normal((10_000, 2), "float32")
    samples = generator.predict(latents, verbose=0)
    angles = np.arange(8) * np.pi / 4
    centres = 2 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    distances = np.linalg.norm(samples[:, None] - centres, axis=2)
    good = np.mean(distances.min(axis=1) <= 0.06)
    assert scores["good_share"] == pytest.approx(good, abs=2e-4)
    assert f"Scores: modes_found {scores['modes_found']:.0f}, " in printed


@pytest.mark.slow
@once_is_enough
@pytest.mark.parametrize("data", ["swiss_roll", "gaussian_pair"])
def test_other_toys(monkeypatch, capsys, tmp_path, data):
    arguments = (*SHORT, "--data", data, "--out", tmp_path)
    run_as_main(monkeypatch, "gaussians", *arguments)
    assert (tmp_path / "generator.keras").is_file()
    # The spiral has no modes.
    scored = (tmp_path / "scores.json").is_file()
    assert scored == (data != "swiss_roll")


@pytest.mark.once
@pytest.mark.slow
def test_image_folder(run_here, tmp_path):
    random = np.random.default_rng(0)
    photos = tmp_path / "photos"
    photos.mkdir()
    for number in range(24):
        pixels = random.integers(0, 256, (10, 12, 3), dtype="uint8")
        Image.fromarray(pixels).save(photos / f"{number}.png")
    out = tmp_path / "out"
    printed = run_here(
        "image_folder", photos, *SHORT, "--size", 8, "--out", out
    )
    check_written("image_folder", out, printed)


# `test_data_loading` prepares a data set that is downloaded in every run.
@pytest.mark.soak
@once_is_enough
@needs_shared_data
@pytest.mark.parametrize("recipe", ["fashion_mnist", "mnist"])
def test_downloaded_files_are_prepared_and_trained_on(
    run_here, tmp_path, recipe
):
    data_dir = tmp_path / "data"
    seed_script = SHARED_DATA / "seed_tfds_cache.py"
    command = (seed_script, SHARED_DATA / "raw", data_dir, recipe)
    subprocess.run([sys.executable, *map(str, command)], check=True)
    out = tmp_path / "out"
    printed = run_here(recipe, *SHORT, "--data-dir", data_dir, "--out", out)
    check_written(recipe, out, printed)


@pytest.mark.soak
@once_is_enough
@needs_shared_data
def test_cifar10_takes_a_prepared_subset(run_here, tmp_path):
    prepared = ("--name", "cifar10_subset", "--data-dir", SHARED_DATA / "tfds")
    printed = run_here("cifar10", *SHORT, *prepared, "--out", tmp_path)
    check_written("cifar10", tmp_path, printed)


@pytest.mark.soak
@once_is_enough
@needs_shared_data
@pytest.mark.parametrize("network", ["resnet", "r3gan"])
def test_cifar10_in_half_precision_by_an_extractor(run_here, tmp_path, network):
    objective = {"resnet": "hinge", "r3gan": "r3gan"}[network]
    options = {
        "name": "cifar10_subset",
        "data-dir": SHARED_DATA / "tfds",
        "extractor": SHARED_DATA / "extractors" / "cifar10_resnet20.keras",
        "test-split": "test[:100]",
        "precision": "mixed_bfloat16",
        "network": network,
        "objective": objective,
        "out": tmp_path,
    }
    given = [x for name, y in options.items() for x in (f"--{name}", y)]
    try:
        run_here("cifar10", *SHORT, *given)
    finally:
        keras.config.set_dtype_policy("float32")
    rows = (tmp_path / "pace.csv").read_text().splitlines()
    *names, score = rows[0].split(",")
    assert names[-1] == "images_per_second"
    assert score == "val_frechet_distance"
    assert all(float(value) > 0 for value in rows[1].split(","))
    record = kgan.scores.read(tmp_path / "scores.json")
    assert record["scores"]["frechet_distance"] > 0
    assert record["protocol"]["num_fake"] == 100


@pytest.mark.slow
@once_is_enough
@pytest.mark.parametrize(
    "recipe",
    [pytest.param("celeb_a", marks=pytest.mark.soak), "kmnist", "lsun"],
)
def test_mocked_catalogue(monkeypatch, capsys, tmp_path, recipe):
    import tensorflow_datasets as tfds

    out = tmp_path / "out"
    policy = tfds.testing.MockPolicy.USE_CODE
    with tfds.testing.mock_data(num_examples=40, policy=policy):
        run_as_main(
            monkeypatch,
            recipe,
            *SHORT,
            *("--data-dir", tmp_path, "--out", out),
        )
    check_written(recipe, out, capsys.readouterr().out)


@pytest.mark.slow
@pytest.mark.once
def test_classifier_scores_what_it_saves(run_here, tmp_path):
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    short = ("--data", "digits", "--epochs", "5", "--out", tmp_path)
    printed = run_here("classifier", *short)
    classifier = keras.saving.load_model(tmp_path / "classifier.keras")
    assert classifier.output_shape == [(None, 64), (None, 10)]
    assert not any("dropout" in layer.name for layer in classifier.layers)
    # The same scans by hand, from scikit-learn and Pillow alone.
    scans, digits = load_digits(return_X_y=True)
    _, test = train_test_split(
        np.arange(1797), test_size=297, stratify=digits, random_state=0
    )
    test = np.sort(test)
    pixels = np.round(scans[test].reshape(-1, 8, 8) * (255 / 16))
    images = [
        Image.fromarray(p).resize((16, 16), Image.Resampling.BILINEAR)
        for p in pixels.astype("uint8")
    ]
    images = np.stack(images)[..., None].astype("float32") / 127.5 - 1
    _, logits = classifier.predict(images, verbose=0)
    accuracy = np.mean(logits.argmax(axis=1) == digits[test])
    record = kgan.scores.read(tmp_path / "scores.json")
    assert record["protocol"]["num_real"] == 297
    # Pillow and kgan may round three scans apart.
    score = record["scores"]["test_accuracy"]
    assert score == pytest.approx(accuracy, abs=3.5 / 297)
    assert accuracy > 0.8
    assert f"({score:.2%})" in printed
    assert (tmp_path / "confusion.png").is_file()


@pytest.mark.slow
@once_is_enough
def test_judge_counts_as_a_loop_by_hand_does(run_here, tmp_path):
    """Slow tier, 3 s: the preset by the classifier's file, and by its name."""
    path = ROOT / "saved_models" / "classifier_digits.keras"
    printed = run_here("judge", "digits", "--data", "digits")
    given = ("--extractor", path, "--pixels", -1, 1)
    by_file = run_here("judge", "digits", "--data", "digits", *given)
    held_out = kgan.data.load("digits", "test", 8, labels=True, shuffle=False)
    labels = np.concatenate([y for _, y in held_out.as_numpy_iterator()])
    real = np.concatenate([x for x, _ in held_out.as_numpy_iterator()])
    generator = kgan.presets.generator("digits")
    latents = kgan.images.latents(297, 64, seed=5)
    fake = generator.predict([latents, labels], verbose=0)
    classifier = kgan.presets.classifier("digits")
    (x, a), (y, b) = (classifier.predict(i, verbose=0) for i in (real, fake))
    for logits, images in ((b, "samples"), (a, "test images")):
        odds = scipy.special.softmax(logits.astype("float64"), axis=1)
        sure = np.mean(odds.max(1) > 0.9)
        right = np.mean(logits.argmax(1) == labels)
        assert f"sure of {sure:.2%} of the {images}\n" in printed
        assert f"right on {right:.2%} of the {images}\n" in printed
    few = run_here("judge", "digits", "--data", "digits", "--truncation", 0.5)
    latents = kgan.images.truncate(latents, 0.5)
    fake = generator.predict([latents, labels], verbose=0)
    right = np.mean(classifier.predict(fake)[1].argmax(1) == labels)
    assert f"right on {right:.2%} of the samples\n" in few
    between = scipy.spatial.distance.cdist(x, y)
    for name, rows, distances in (
        ("precision", x, between),
        ("recall", y, between.T),
    ):
        # Each row is its own nearest.
        within = np.sort(scipy.spatial.distance.cdist(rows, rows))[:, 3]
        share = np.mean((distances <= within[:, None]).any(0))
        assert f"{name} {share:.4g}\n" in printed
    covariances = np.cov(x.T), np.cov(y.T)
    # The trace of a product's root: the sum of the roots of its eigenvalues.
    eigenvalues = np.linalg.eigvals(covariances[0] @ covariances[1]).real
    distance = np.sum((x.mean(0) - y.mean(0)) ** 2) + np.trace(sum(covariances))
    distance -= 2 * np.sqrt(eigenvalues.clip(0)).sum()
    for text in (printed, by_file):
        measured = re.search(r"^frechet_distance (.*)$", text, re.M)[1]
        assert float(measured) == pytest.approx(distance, rel=1e-2)


@pytest.mark.parametrize(
    "arguments, message",
    [
        (("ring",), "makes samples of (2,), but the test images are square"),
        (("digits", "--data", "mnist"), "--extractor resizes them"),
        (("digits", "--pixels", "-1", "1"), "--pixels needs --extractor"),
        (("digits", "--data", "digits", "--seed", "-1"), "`seed` must be"),
        (("missing.keras",), "missing.keras"),
        (
            ("digits", "--truncation", "0"),
            "`--truncation` must be a positive finite number. Received:",
        ),
    ],
)
@once_is_enough
def test_judge_refuses(arguments, message, monkeypatch, capsys):
    """Quick tier, under 1 s each."""
    with pytest.raises(SystemExit):
        run_as_main(monkeypatch, "judge", *arguments)
    assert message in " ".join(capsys.readouterr().err.split())


@once_is_enough
def test_judge_refuses_a_generator_of_other_classes(
    monkeypatch, capsys, tmp_path
):
    """Quick tier, 1 s."""
    path = tmp_path / "three.keras"
    kgan.architectures.dcgan_generator((8, 8, 1), num_classes=3).save(path)
    with pytest.raises(SystemExit):
        run_as_main(monkeypatch, "judge", path, "--data", "digits")
    assert "knows 3 classes, not 10" in capsys.readouterr().err


@once_is_enough
def test_judge_refuses_outputs_in_another_order(monkeypatch, capsys, tmp_path):
    """Quick tier, 1 s."""
    classifier = kgan.presets.classifier("digits")
    path = tmp_path / "swapped.keras"
    keras.Model(classifier.inputs, classifier.outputs[::-1]).save(path)
    given = ("--data", "digits", "--extractor", path)
    with pytest.raises(SystemExit):
        run_as_main(monkeypatch, "judge", "digits", *given)
    assert "logits (batch, 10), but has" in capsys.readouterr().err


@once_is_enough
def test_judge_refuses_probabilities(monkeypatch, capsys, tmp_path):
    """Quick tier, 1 s."""
    classifier = kgan.presets.classifier("digits")
    features, logits = classifier.outputs
    outputs = [features, keras.layers.Softmax()(logits)]
    path = tmp_path / "softmax.keras"
    keras.Model(classifier.inputs, outputs).save(path)
    given = ("--data", "digits", "--extractor", path, "--pixels", "-1", "1")
    with pytest.raises(SystemExit):
        run_as_main(monkeypatch, "judge", "digits", *given)
    assert "not probabilities" in capsys.readouterr().err


@pytest.mark.soak
@once_is_enough
@needs_shared_data
def test_stacked_mnist_counts_modes(run_here, tmp_path):
    data_dir = tmp_path / "data"
    seed_script = SHARED_DATA / "seed_tfds_cache.py"
    command = (seed_script, SHARED_DATA / "raw", data_dir, "mnist")
    subprocess.run([sys.executable, *map(str, command)], check=True)
    out = tmp_path / "out"
    printed = run_here(
        "stacked_mnist",
        *("--steps", "2", "--batch-size", "4", "--score-samples", "1500"),
        *("--data-dir", data_dir, "--out", out),
    )
    record = kgan.scores.read(out / "scores.json")
    assert record["protocol"]["num_fake"] == 1500
    modes = record["scores"]["modes_found"]
    # Of noise the classifier makes few digits.
    assert 1 <= modes <= 300
    assert record["scores"]["reverse_kl"] > np.log(1000 / 300)
    assert f"Scores: modes_found {modes:.0f}, " in printed
    generator = keras.saving.load_model(out / "generator.keras")
    assert generator.output_shape == (None, 28, 28, 3)


@pytest.mark.slow
@pytest.mark.once
def test_mode_collapse_goes_on_where_it_stopped(run_here, tmp_path):
    short = ("--data", "ring", "--objective", "wgan", "--steps", "20")
    arguments = (*short, "--batch-size", "8", "--out", tmp_path)
    run_here("mode_collapse", *arguments, "--seeds", "1")
    record = tmp_path / "ring_wgan_0.json"
    before = record.read_bytes()
    printed = run_here("mode_collapse", *arguments, "--seeds", "2")
    assert record.read_bytes() == before
    values = [
        kgan.scores.read(tmp_path / f"ring_wgan_{seed}.json")["scores"]
        for seed in (0, 1)
    ]
    modes = [value["modes_found"] for value in values]
    error = abs(modes[0] - modes[1]) / 2  # Of two values.
    row = f"| ring | wgan | 2 | {sum(modes) / 2:.1f} +- {error:.1f} |"
    assert row in printed
    with Image.open(tmp_path / "mode_collapse.png") as image:
        image.load()


@pytest.mark.soak
@once_is_enough
def test_fine_tune_compares_two_starts(monkeypatch, capsys, tmp_path):
    import tensorflow_datasets as tfds

    out = tmp_path / "out"
    short = ("--preset", "digits", "--minutes", "0.002", "--samples", "20")
    arguments = (*short, "--images", "30", "--data-dir", tmp_path)
    policy = tfds.testing.MockPolicy.USE_CODE
    with tfds.testing.mock_data(num_examples=40, policy=policy):
        arguments = (*arguments, "--out", out, "--seeds")
        run_as_main(monkeypatch, "fine_tune", *arguments, "1")
        before = {path: path.read_bytes() for path in out.glob("*_0_*.json")}
        assert len(before) == 10
        run_as_main(monkeypatch, "fine_tune", *arguments, "2")
    printed = capsys.readouterr().out
    assert all(path.read_bytes() == content for path, content in before.items())
    last = [
        kgan.scores.read(out / f"{start}_{seed}_5.json")["scores"]
        for start in ("preset", "nothing")
        for seed in (0, 1)
    ]
    values = [scores["frechet_distance"] for scores in last]
    assert len(set(values)) == 4
    for start, (a, b) in (("preset", values[:2]), ("nothing", values[2:])):
        cell = f"{(a + b) / 2:.1f} +- {abs(a - b) / 2:.1f} |"
        assert re.search(rf"^\| {start} \|.*{re.escape(cell)}$", printed, re.M)
    with Image.open(out / "fine_tune.png") as image:
        image.load()


@pytest.mark.slow
@once_is_enough
def test_zoo_grid_goes_on_where_it_stopped(monkeypatch, capsys, tmp_path):
    import tensorflow_datasets as tfds

    short = ("--seconds", "0.05", "--network", "mlp", "--data-dir", tmp_path)
    arguments = (*short, "--samples", "8", "--out", tmp_path / "out")
    policy = tfds.testing.MockPolicy.USE_CODE
    with tfds.testing.mock_data(num_examples=40, policy=policy):
        games = ("--game", "hinge", "--seeds")
        run_as_main(monkeypatch, "zoo_grid", *arguments, *games, "1")
        record = tmp_path / "out" / "mlp_hinge_0.json"
        before = record.read_bytes()
        run_as_main(monkeypatch, "zoo_grid", *arguments, *games, "2")
        printed = capsys.readouterr().out
        with pytest.raises(SystemExit):
            longer = (*arguments, *games, "3", "--seconds", "9")
            run_as_main(monkeypatch, "zoo_grid", *longer)
        assert "steps of 0.05 seconds" in capsys.readouterr().err
    assert record.read_bytes() == before
    records = [
        kgan.scores.read(tmp_path / "out" / f"mlp_hinge_{seed}.json")
        for seed in (0, 1)
    ]
    steps = json.loads((tmp_path / "out" / "steps.json").read_text())["steps"]
    assert {x["run"]["step"] for x in records} == {steps["mlp_hinge"]}
    assert {x["protocol"]["num_fake"] for x in records} == {8}
    values = [record["scores"]["frechet_distance"] for record in records]
    mean, error = sum(values) / 2, abs(values[0] - values[1]) / 2
    assert f"| mlp | {mean:.1f} +- {error:.1f} (" in printed
    with Image.open(tmp_path / "out" / "zoo_grid.png") as image:
        image.load()


@pytest.mark.soak
@once_is_enough
def test_tune_wgan_goes_on_and_compares(run_here, tmp_path):
    short = ("--seeds", "1", "--critic-updates", "10", "--out", tmp_path)
    run_here("tune_wgan", *short, "--trials", "1")
    printed = run_here("tune_wgan", *short, "--trials", "2")
    assert "1 begun before" in printed
    assert "2 of 2 trials completed" in printed
    comparison = (tmp_path / "comparison.txt").read_text()
    assert "297 held-out digits, 10 critic updates" in comparison
    for name in ("found", "paper", "paper, faster"):
        found = rf"^{name} {{.*}}: \d+\.\d\d \(of 1 seeds"
        assert re.search(found, comparison, re.M), name
    trials = json.loads((tmp_path / "trials.json").read_text())
    assert [trial["critic_updates"] for trial in trials] == [10, 10]
    record = kgan.scores.read(tmp_path / "best_generator.json")
    assert record["protocol"]["num_real"] == 297
    score = record["scores"]["frechet_distance"]
    assert score == pytest.approx(trials[0]["score"], rel=1e-4)
    generator = keras.saving.load_model(tmp_path / "best_generator.keras")
    assert generator.output_shape == (None, 16, 16, 1)
    with Image.open(tmp_path / "clip_values.png") as image:
        image.load()


@once_is_enough
@pytest.mark.soak
def test_many_devices_goes_on(run_here, tmp_path):
    """Several processes run it in tests/test_lost_process.py."""
    short = ("--steps-per-epoch", "2", "--batch-size", "4", "--out", tmp_path)
    printed = run_here("many_devices", "--epochs", "1", *short)
    assert f"python -m kgan.sample {tmp_path}/generator.keras" in printed
    run_here("many_devices", "--epochs", "2", "--resume", *short)
    run = keras.saving.load_model(tmp_path / "run.keras")
    assert run.epochs_done == 2
    assert int(run.optimizer.iterations.numpy()) == 4
