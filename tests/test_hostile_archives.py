"""No `.keras` file runs code, reads other files or fills the memory."""

import pytest
from hostile_archives import CASES, LOADS, WEIGHTS, bomb, good_parts, write
from hostile_reports import check_refusal, report_of

import kgan
from kgan import archives
from kgan.runs import file as run_file


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """What came of all files, each opened in one process."""
    root = tmp_path_factory.mktemp("archives")
    parts = good_parts()
    # The first: what loading takes is not counted as a file's doing.
    write(root / "-good.keras", parts)
    for name, (build, _) in CASES.items():
        build(root / f"{name}.keras", parts)
    return report_of("archives", root)


def test_there_are_enough():
    assert len(CASES) >= 60


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
@pytest.mark.once
def test_file(report, name):
    outcome, seconds = report["outcomes"][f"{name}.keras"]
    expected = CASES[name][1]
    if expected is LOADS:
        assert outcome == [5, 3]
    else:
        check_refusal(outcome, f"{name}.keras", expected)
    assert seconds < 10


@pytest.mark.slow
@pytest.mark.once
def test_nothing_runs_and_memory_stays(report):
    assert report["outcomes"]["-good.keras"][0] == [5, 3]
    assert report["seen"] == []
    assert report["megabytes"] < 300


def test_a_run_is_checked_before_it_is_read(tmp_path):
    parts = good_parts()
    bomb(WEIGHTS, 64, True)(tmp_path / "run.keras", parts)
    message = "run.keras.*20 times as many.*resume=False"
    with pytest.raises(ValueError, match=message):
        run_file.restore(None, tmp_path / "run.keras")
    checkpoint = kgan.callbacks.Checkpoint(tmp_path)
    with pytest.raises(ValueError, match=message):
        checkpoint.restore_run(None)


def test_any_model_loads(tmp_path):
    write(tmp_path / "x.keras", good_parts())
    model = archives.load_model(tmp_path / "x.keras")
    assert model.count_params() == 18 and not model.compiled
