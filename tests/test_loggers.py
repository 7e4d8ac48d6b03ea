"""Loggers of Keras and of other libraries find what they read."""

import csv
import importlib.util
import json
import pathlib
import re

import games
import keras
import numpy as np
import programs
import pytest

import kgan

ROOT = pathlib.Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "guides" / "logging.md").read_text()
GAME, BOARD = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
WANDB, WANDB_BY_HAND, MLFLOW = re.findall(r"```py\n(.*?)```", PAGE, re.DOTALL)
LOSSES = {"discriminator_loss", "generator_loss", "jsd_estimate"}
OF_TRAINING, OF_VALIDATION = LOSSES | {"r1"}, LOSSES | {"sliced_wasserstein"}
CURVES = OF_TRAINING | {f"val_{name}" for name in OF_VALIDATION}


def run(code, folder, **environment):
    """Runs a program; returns what its last line says in JSON."""
    printed = programs.run(code, folder, **environment)
    return json.loads(printed.splitlines()[-1])


def test_an_optimizer_tells_its_rate_and_settings():
    gan = games.game()
    schedule = kgan.schedules.Cosine(0.5, 0.1, 1_000)
    gan.compile(
        keras.optimizers.SGD(schedule), keras.optimizers.Adam(0.2, beta_1=0.5)
    )
    assert float(gan.optimizer.learning_rate) == pytest.approx(0.5)
    with pytest.raises(AttributeError, match="`model.generator_optimizer`"):
        gan.optimizer.learning_rate = 0.1
    settings = gan.optimizer.get_config()
    assert settings["generator_optimizer"] == "SGD"
    assert settings["generator_momentum"] == 0
    assert settings["discriminator_optimizer"] == "Adam"
    assert settings["discriminator_learning_rate"] == pytest.approx(0.2)
    assert settings["discriminator_beta_1"] == 0.5
    gan.fit(games.points(16), batch_size=8, verbose=0)
    gan.compile(keras.optimizers.SGD(0.5), keras.optimizers.SGD(0.25))
    gan.generator_optimizer.learning_rate = 0.125
    assert float(gan.optimizer.learning_rate) == 0.125


@pytest.mark.once
def test_a_model_without_a_discriminator_tells_one_optimizer():
    model = kgan.GMMN(
        kgan.architectures.mlp_generator(output_dim=2, latent_dim=2)
    )
    model.compile(keras.optimizers.SGD(0.5))
    assert float(model.optimizer.learning_rate) == 0.5
    assert {name.split("_")[0] for name in model.optimizer.get_config()} == {
        "generator"
    }


@pytest.mark.once("tensorflow")
@pytest.mark.slow
def test_curves_of_tensorboard_and_csv_are_those_of_the_page(tmp_path):
    from tensorboard.backend.event_processing import event_accumulator
    from tensorboard.util import tensor_util

    run(GAME + BOARD + "\nprint(0)", tmp_path)
    board = tmp_path / "runs" / "board"
    curves = {}
    for part in ("train", "validation", "samples"):
        events = event_accumulator.EventAccumulator(str(board / part))
        curves[part] = events.Reload()
    tags = {part: set(e.Tags()["tensors"]) for part, e in curves.items()}
    rates = {
        f"epoch_learning_rate_{player}_optimizer"
        for player in ("generator", "discriminator")
    }
    assert tags["train"] >= {f"epoch_{name}" for name in OF_TRAINING} | rates
    assert {f"epoch_{name}" for name in OF_VALIDATION} <= tags["validation"]
    assert curves["samples"].Tags()["images"]
    with open(tmp_path / "runs" / "log.csv", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 2 and CURVES <= set(rows[0])
    losses = curves["train"].Tensors("epoch_generator_loss")
    for row, event in zip(rows, losses, strict=True):
        value = tensor_util.make_ndarray(event.tensor_proto)
        assert float(row["generator_loss"]) == pytest.approx(float(value))
    for name in ("epoch_discriminator_loss", *rates):
        assert f"`{name}`" in PAGE


def need(module):
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"{module} is not installed: pip install {module}")


@pytest.mark.slow
@pytest.mark.parametrize("freq", ["epoch", "batch"])
def test_weights_and_biases_has_the_curves(freq, tmp_path):
    need("wandb")
    logger = f"WandbMetricsLogger({freq!r})"
    code = WANDB.replace("WandbMetricsLogger()", logger)
    assert code != WANDB
    code += "    found = dict(run.summary)\n"
    code += "import json\nhistory = gan.history.history\n"
    code += "last = {name: values[-1] for name, values in history.items()}\n"
    code += "print(json.dumps([dict(found), last]))"
    offline = {"WANDB_MODE": "offline", "WANDB_SILENT": "true"}
    found, last = run(GAME + code, tmp_path, **offline)
    assert CURVES <= set(last)
    for name, value in last.items():
        assert found[f"epoch/{name}"] == pytest.approx(value, rel=1e-6), name
    assert found["epoch/epoch"] == 1
    rate = pytest.approx(2e-4)
    assert found["epoch/learning_rate"] == rate
    assert found["epoch/discriminator_learning_rate"] == rate
    assert ("batch/generator_loss" in found) == (freq == "batch")
    assert any((tmp_path / "wandb").glob("offline-run-*/*.wandb"))


@pytest.mark.slow
def test_weights_and_biases_by_hand_takes_schedules(tmp_path):
    need("wandb")
    code = "import json\nimport wandb\n" + WANDB_BY_HAND
    code += "rate = kgan.schedules.Cosine(1e-3, 1e-4, 1_000)\n"
    code += "gan.compile(keras.optimizers.Adam(rate))\n"
    code += "with wandb.init(project='kgan') as run:\n"
    code += "    gan.fit(points, verbose=0, callbacks=[log])\n"
    code += "    print(json.dumps(dict(run.summary)))"
    offline = {"WANDB_MODE": "offline", "WANDB_SILENT": "true"}
    found = run(GAME + code, tmp_path, **offline)
    assert OF_TRAINING <= set(found) and found["epoch"] == 0


@pytest.mark.slow
def test_mlflow_has_the_curves_and_both_optimizers(tmp_path):
    need("mlflow")
    code = MLFLOW + "import json\nhistory = gan.history.history\n"
    code += "with mlflow.start_run(run.info.run_id):\n"
    # A run that goes on has the same settings, which MLflow insists on.
    code += "    gan.fit(points, verbose=0, callbacks=[\n"
    code += (
        "        mlflow.keras.MlflowCallback(False, log_every_n_steps=9)])\n"
    )
    code += "mlflow.flush_async_logging()\n"
    code += "client, key = mlflow.MlflowClient(), run.info.run_id\n"
    code += "steps = {n: [[m.step, m.value] for m in\n"
    code += "    client.get_metric_history(key, n)] for n in history}\n"
    code += "files = [f.path for f in client.list_artifacts(key)]\n"
    code += "found = client.get_run(key).data.params\n"
    code += "print(json.dumps([history, steps, found, files]))"
    history, steps, found, files = run(GAME + code, tmp_path)
    assert CURVES <= set(history)
    for name, values in history.items():
        by_epoch = [value for step, value in steps[name][:2]]
        np.testing.assert_allclose(by_epoch, values, rtol=1e-6)
    # By step, counted on from the 62 of the two epochs before.
    assert [s for s, _ in steps["generator_loss"]][2:] == [63, 72, 81, 90]
    for player in ("generator", "discriminator"):
        assert found[f"optimizer_{player}_optimizer"] == "Adam"
        rate = float(found[f"optimizer_{player}_learning_rate"])
        assert rate == pytest.approx(2e-4)
    assert "model_summary.txt" in files
