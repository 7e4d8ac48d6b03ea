"""The Python of the README and of docs/metrics.md runs as it is pasted."""

import os
import pathlib
import re
import subprocess
import sys

import numpy as np
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[1]
BLOCKS = re.findall(
    r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL
)


def run(code, folder):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_example_trains_draws_and_saves(tmp_path):
    lines = [line for line in BLOCKS[0].splitlines() if line.strip()]
    assert len(lines) <= 15
    check = "\nimport numpy as np\nnp.save('images.npy', images)"
    result = run(BLOCKS[0] + check, tmp_path)
    assert result.returncode == 0, result.stderr
    images = np.load(tmp_path / "images.npy")
    assert images.shape == (64, 16, 16, 1)
    assert np.abs(images).max() <= 1 and images.std() > 0.1
    assert (tmp_path / "digits.keras").exists()
    assert len(list((tmp_path / "samples").glob("*.png"))) == 3


@pytest.mark.once
@pytest.mark.slow
def test_example_of_loading_needs_no_kgan():
    if not (ROOT / "saved_models" / "digits.keras").exists():
        pytest.skip("saved_models/ is not in this copy")
    check = "\nimport sys\nassert 'kgan' not in sys.modules, 1"
    check += "\nassert images.shape == (64, 16, 16, 1), images.shape"
    result = run(BLOCKS[1] + check, ROOT)
    assert result.returncode == 0, result.stderr


@pytest.mark.once
@pytest.mark.slow
def test_example_of_metrics_logs_them():
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
