"""No folder of images runs code, starts a program or fills the memory."""

import numpy as np
import pytest
from hostile_folders import IMAGES, PREPARED, REFUSED, RGB, prepared
from hostile_reports import check_refusal, report_of

pytestmark = [pytest.mark.slow, pytest.mark.once]


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """What came of all folders, each loaded in one process."""
    root = tmp_path_factory.mktemp("folders")
    cases = {"-good": prepared(), **{k: v[0] for k, v in REFUSED.items()}}
    cases |= {name: build for name, (build, _, _) in IMAGES.items()}
    cases |= {name: build for name, (build, _) in PREPARED.items()}
    for name, build in cases.items():
        (root / name).mkdir()
        build(root / name)
    return report_of("folders", root)


def test_there_are_enough():
    assert len({**IMAGES, **REFUSED, **PREPARED}) >= 40


@pytest.mark.parametrize("name", IMAGES)
def test_pixels(report, name):
    (pixels, seconds), (_, expected, off) = (
        report["outcomes"][name],
        IMAGES[name],
    )
    assert not isinstance(pixels, str), pixels
    expected = np.asarray(expected, "float64").reshape(np.shape(pixels)[1:])
    np.testing.assert_allclose(pixels[0], expected, atol=off)
    assert len(pixels) == 1 and seconds < 10


@pytest.mark.parametrize("name", [*REFUSED, *PREPARED])
def test_refusal(report, name):
    outcome, seconds = report["outcomes"][name]
    check_refusal(outcome, name, {**REFUSED, **PREPARED}[name][1])
    assert outcome.isprintable() and seconds < 10


def test_nothing_runs_and_memory_stays(report):
    assert report["outcomes"]["-good"][0] == [RGB.tolist()]
    assert report["seen"] == []
    assert report["megabytes"] < 300
