"""The command line: what it lists, how fast, and which processes are it."""

import os
import pathlib
import resource
import subprocess
import sys

import numpy as np
import pytest

import kgan
from kgan import commands
from kgan.__main__ import main
from kgan.sample import main as sample_main

ROOT = pathlib.Path(__file__).resolve().parents[1]
PYTHON = sys.executable


def run(*arguments):
    """Runs Python; returns what it did and the seconds of CPU it took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [PYTHON, *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "80"},
        capture_output=True,
        text=True,
        check=False,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime - before.ru_utime
    return done, seconds + after.ru_stime - before.ru_stime


@pytest.mark.once
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-m", "kgan", "--help"], ["sample", "scores", "--version"]),
        (["-m", "kgan", "sample", "-h"], ["kgan sample", "--columns"]),
        (["-m", "kgan.sample", "--help"], ["FILE", "--num", "samples.png"]),
        (["-m", "kgan.presets", "train", "-h"], ["NAME", "--images"]),
        (["-m", "kgan.export", "-h"], ["FILE_OR_PRESET", "openvino", "OUT"]),
        (["-m", "kgan.explore", "-h"], ["FILE_OR_PRESET", "--port", "--data"]),
        (["-m", "kgan.report", "--help"], ["DIR", "--out", "report.html"]),
        (["-W", "error", "-mkgan.scores", "-h"], ["A ", "B ", "exit code 2"]),
    ],
)
def test_help_answers_at_once(arguments, words):
    done, seconds = run(*arguments)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    for word in words:
        assert word in done.stdout
    # Keras and TensorFlow take 3 to 6.
    assert seconds < 1


@pytest.mark.once
def test_wrong_arguments_are_answered_at_once():
    done, seconds = run("-m", "kgan.sample", "x.keras", "--num", "many")
    assert done.returncode == 2
    assert "invalid int value: 'many'" in done.stderr
    assert seconds < 1


@pytest.mark.once
@pytest.mark.parametrize(
    "name",
    [
        *("kgan", "kgan-explore", "kgan-export", "kgan-presets"),
        *("kgan-report", "kgan-sample", "kgan-scores.exe"),
    ],
)
def test_installed_scripts_are_commands(monkeypatch, capsys, name):
    monkeypatch.setattr(sys, "argv", [os.path.join("bin", name), "--help"])
    with pytest.raises(SystemExit) as exit_info:
        commands.answer()
    assert exit_info.value.code == 0
    assert "usage: python -m kgan" in capsys.readouterr().out


@pytest.mark.once
@pytest.mark.parametrize(
    ("argv", "orig_argv"),
    [
        ([], ["program"]),
        ([""], ["python"]),
        (["-c", "--help"], ["python", "-c", "import kgan", "--help"]),
        (["kgan.py", "--help"], ["python", "kgan.py", "--help"]),
        (["-m", "--help"], ["python", "-m", "mine.kgan", "--help"]),
        # Another module, whose arguments look like a command of kgan.
        (["-m", "-m", "kgan"], ["python", "-m", "mine", "-m", "kgan"]),
        (["-m"], []),
    ],
)
def test_other_programs_keep_their_arguments(monkeypatch, argv, orig_argv):
    monkeypatch.setattr(sys, "argv", argv)
    monkeypatch.setattr(sys, "orig_argv", orig_argv)
    commands.answer()


def test_whole_command_does_what_its_module_does(tmp_path, capsys):
    path = str(tmp_path / "generator.keras")
    kgan.architectures.mlp_generator(output_dim=2, latent_dim=3).save(path)
    drawn = [str(tmp_path / f"{name}.npy") for name in ("whole", "module")]
    options = ["--num", "5", "--seed", "2", "--npy"]
    assert main(["sample", path, *options, drawn[0]]) == 0
    assert sample_main([path, *options, drawn[1]]) == 0
    whole, module = map(np.load, drawn)
    assert whole.shape == (5, 2)
    np.testing.assert_array_equal(whole, module)
    missing = str(tmp_path / "missing.json")
    assert main(["scores", missing, missing]) == 2
    assert "missing.json" in capsys.readouterr().err


@pytest.mark.once("tensorflow")
@pytest.mark.slow
@pytest.mark.parametrize("imports", ["kgan, keras", "keras, kgan"])
def test_run_loads_whichever_is_imported_first(tmp_path, imports):
    path = tmp_path / "run.keras"
    generator = kgan.architectures.mlp_generator(output_dim=2, latent_dim=3)
    critic = kgan.architectures.mlp_discriminator(input_dim=2)
    gan = kgan.WGAN(generator, critic, seed=1)
    gan.compile(metrics=[kgan.metrics.SlicedWasserstein()])
    gan.save(path)
    program = (
        f"import {imports}\n"
        f"gan = keras.saving.load_model({str(path)!r})\n"
        "print(type(gan).__name__, gan.n_critic)"
    )
    done, _ = run("-c", program)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["WGAN", "5"]
