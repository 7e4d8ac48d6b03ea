"""The Python of the README and of docs/metrics.md runs as it is pasted."""

import os
import pathlib
import re
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

ROOT = pathlib.Path(__file__).resolve().parents[1]
BLOCKS = re.findall(
    r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL
)


def block(text):
    """The one example of the README that has this text in it."""
    (found,) = [code for code in BLOCKS if text in code]
    return found


EXAMPLE = BLOCKS[0]
PARTS = block("kgan.HingeGAN(")
TABLE = block("load_breast_cancer")
LOADING = block("saved_models/preset_mnist_conditional.keras")
CONDITIONAL = block("num_classes")
# Frechet distance to held-out scans, of which uniform noise has 335 and a
# person reads most of the samples below.
DIGITS = 80
KEEP = "\nimport numpy as np\nnp.save('images.npy', images)\n"


def run(code, folder):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    # The README's reader has not set it.
    environment.pop("TF_CPP_MIN_LOG_LEVEL", None)
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.once("tensorflow")
@pytest.mark.slow
def test_example_trains_draws_and_saves(tmp_path):
    lines = [line for line in EXAMPLE.splitlines() if line.strip()]
    assert len(lines) <= 15
    short = EXAMPLE.replace("epochs=30", "epochs=2")
    assert short != EXAMPLE
    # Twice, in one process: the same seeds give the same samples.
    again = (
        short + "\nnp.testing.assert_array_equal(np.load('images.npy'), images)"
    )
    result = run(short + KEEP + again, tmp_path)
    assert result.returncode == 0, result.stderr
    # No line of TensorFlow's or anyone's.
    assert result.stderr == ""
    images = np.load(tmp_path / "images.npy")
    assert images.shape == (64, 16, 16, 1)
    assert np.abs(images).max() <= 1
    assert (tmp_path / "digits.keras").exists()
    assert len(list((tmp_path / "samples").glob("*.png"))) == 2


@pytest.mark.once("jax")
@pytest.mark.slow
def test_example_of_parts_trains(tmp_path):
    """Behind the networks and the data of the first example."""
    before, _ = EXAMPLE.split("gan = ", 1)
    train = """
gan.compile()
history = gan.fit(digits, epochs=1, steps_per_epoch=2, verbose=0).history
assert history["r1"][0] > 0 and np.isfinite(history["discriminator_loss"]).all()
assert gan.averaged_generator is not None
"""
    result = run(f"import numpy as np\n{before}{PARTS}{train}", tmp_path)
    assert result.returncode == 0, result.stderr


# Keras's own choice of backend; on PyTorch, step by step, it takes minutes.
@pytest.mark.once("tensorflow")
@pytest.mark.slow
def test_example_of_a_table_learns_how_its_columns_go_together(tmp_path):
    check = """
import numpy as np
independent = np.random.default_rng(0).standard_normal(rows.shape)
pairs = np.triu_indices(30, 1)
true, *others = [
    np.corrcoef(x.T)[pairs] for x in (table, invented, independent)
]
errors = [np.abs(other - true).mean() for other in others]
print("errors", *errors)
assert invented.shape == table.shape and np.isfinite(invented).all()
assert errors[0] < errors[1] / 3, errors
spread = invented.std(axis=0) / table.std(axis=0)
assert 0.5 < spread.min() and spread.max() < 1.5, spread
"""
    result = run(TABLE + check, tmp_path)
    assert result.returncode == 0, result.stderr
    print(result.stdout[-200:])


@pytest.mark.once("torch")
@pytest.mark.slow
def test_page_of_parts_runs_in_order(untraced, tmp_path):
    text = (ROOT / "docs" / "parts.md").read_text()
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    result = run("\n".join(blocks), tmp_path)
    assert result.returncode == 0, result.stderr
    assert "wgan 5 0.01 (" in result.stdout


@pytest.mark.once("torch")
@pytest.mark.slow
def test_page_of_presets_runs_in_order(untraced, tmp_path):
    text = (ROOT / "docs" / "zoo.md").read_text()
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    check = """
assert "ring" in trained and points.shape == (1000, 2)
assert six.shape == (1000, 2) and sevens.shape == (8, 8, 8, 1)
"""
    result = run("\n".join([*blocks, check]), tmp_path)
    assert result.returncode == 0, result.stderr
    assert "frechet_distance" in result.stdout


@pytest.mark.once
def test_page_of_presets_has_a_row_for_each():
    import kgan
    from kgan.presets.table import PRESETS

    text = (ROOT / "docs" / "zoo.md").read_text()
    for row in kgan.presets.names():
        preset = PRESETS[row.name]
        gan = kgan.presets.load(row.name, trained=False)
        rate = gan.generator_optimizer.get_config()["learning_rate"]
        scores = [
            f"{name} {value:.3g}" for name, value in (row.scores or {}).items()
        ]
        cells = [
            f"`{row.name}`",
            "x".join(map(str, row.sample_shape)),
            row.data,
            "yes" if row.conditional else "no",
            str(preset.batch_size),
            f"{row.images:,}",
            f"{rate['config']['schedule']['config']['initial']:g}",
            f"{gan.gamma.initial:g}",
            "yes" if row.trained else "no",
            "" if row.minutes is None else f"{row.minutes:.3g}",
            ", ".join(scores),
        ]
        line = re.sub(" +", " ", f"| {' | '.join(cells)} |")
        assert line in text, line


@pytest.mark.once
def test_page_of_parts_has_a_row_for_each():
    import kgan

    text = (ROOT / "docs" / "parts.md").read_text()
    for name, row in kgan.objectives.table().items():
        cells = [
            f"`{row.model.__name__}`",
            name,
            str(row.n_critic),
            str(row.clip_value or ""),
            f"`{row.estimate}`" if row.estimate else "",
        ]
        line = re.sub(" +", " ", f"| {' | '.join(cells)} |")
        assert line in text, line
    section = text.split("## Penalties", 1)[1].split("\n## ", 1)[0]
    penalties = set(re.findall(r"^\| `(\w+)\(", section, re.M))
    base = kgan.penalties.Penalty
    assert penalties == {
        name
        for name, value in vars(kgan.penalties).items()
        if isinstance(value, type) and issubclass(value, base)
    } - {"Penalty"}


@pytest.mark.once("torch")
@pytest.mark.slow
def test_conditional_example_draws_the_digits_asked_for(tmp_path):
    short = CONDITIONAL.replace("epochs=30", "epochs=1")
    assert short != CONDITIONAL
    check = """
assert sevens.shape == (8, 16, 16, 1) and abs(sevens).max() <= 1
assert abs(sevens - gan.generate(8, seed=1, labels=3)).max() > 0
"""
    result = run(short + check, tmp_path)
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    (picture,) = (tmp_path / "samples").glob("*.png")
    with Image.open(picture) as image:
        width, height = image.size
    # 10 rows of 8.
    assert 1.2 < height / width < 1.3


@pytest.mark.soak
def test_example_draws_digits(tmp_path):
    import keras

    import kgan

    result = run(EXAMPLE, tmp_path)
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    classifier = keras.saving.load_model(
        ROOT / "saved_models" / "classifier_digits.keras"
    )
    scans = kgan.data.load("digits", "test", image_size=16, batch_size=297)
    real = np.concatenate([np.asarray(batch) for batch in scans])
    train = kgan.data.load("digits", image_size=16, batch_size=297, seed=1)
    noise = np.random.default_rng(0).uniform(-1, 1, real.shape)
    generator = keras.saving.load_model(tmp_path / "digits.keras")
    latents = np.random.default_rng(0).standard_normal((297, 64), "float32")

    def distance(images):
        metric = kgan.metrics.FrechetDistance(classifier)
        metric.update_state(real, images)
        return float(metric.result())

    drawn = distance(generator.predict(latents, verbose=0))
    others = {
        "noise": distance(noise.astype("float32")),
        "other scans": distance(np.asarray(next(iter(train)))),
    }
    print(f"Frechet distance of the example: {drawn:.1f}, of {others}")
    assert others["other scans"] < DIGITS < others["noise"] / 3
    assert drawn < DIGITS


@pytest.mark.once
@pytest.mark.slow
def test_example_of_loading_needs_no_kgan():
    if not (ROOT / "saved_models" / "preset_mnist_conditional.keras").exists():
        pytest.skip("saved_models/ is not in this copy")
    check = "\nimport sys\nassert 'kgan' not in sys.modules, 1"
    check += "\nassert images.shape == (10, 28, 28, 1), images.shape"
    result = run(LOADING + check, ROOT)
    assert result.returncode == 0, result.stderr


@pytest.mark.once
@pytest.mark.slow
def test_example_of_metrics_logs_them(untraced):
    text = (ROOT / "docs" / "metrics.md").read_text()
    (block,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    result = run(block + "\nprint(sorted(gan.history.history))", ROOT)
    assert result.returncode == 0, result.stderr
    for name in ("frechet_distance", "precision", "recall"):
        assert f"'val_{name}'" in result.stdout


@pytest.mark.once
def test_document_has_a_row_for_each_metric():
    import kgan

    text = (ROOT / "docs" / "metrics.md").read_text()
    rows = set(re.findall(r"^\| `(\w+)` \|", text, re.M))
    base = kgan.metrics.SampleMetric
    public = vars(kgan.metrics).items()
    metrics = {
        name
        for name, value in public
        if isinstance(value, type) and issubclass(value, base)
    }
    assert rows == metrics - {"SampleMetric"}
