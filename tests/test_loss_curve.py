import csv
import math
import os

import keras
import numpy as np
import pytest
from games import critic, generator
from matplotlib.figure import Figure
from PIL import Image

import kgan
from kgan.callbacks.loss_curve import LossCurve

pytestmark = pytest.mark.once


def run(curve, *epochs, first=0):
    """Plays one fit of the given logs."""
    curve.on_train_begin()
    for epoch, logs in enumerate(epochs, start=first):
        curve.on_epoch_end(epoch, logs)
    curve.on_train_end()


def read_table(path):
    with open(path, newline="") as file:
        return list(csv.reader(file))


@pytest.fixture
def drawn(monkeypatch):
    """The figures as matplotlib objects, in the order of their saving."""
    figures = []
    savefig = Figure.savefig

    def keep(figure, *arguments, **options):
        figures.append(figure)
        return savefig(figure, *arguments, **options)

    monkeypatch.setattr(Figure, "savefig", keep)
    return figures


def lines(axes):
    return {line.get_label(): line for line in axes.get_lines()}


LOSSES = {"discriminator_loss": 1.0, "generator_loss": 2.0}


def test_losses_share_the_upper_panel(tmp_path, drawn):
    logs = {**LOSSES, "val_generator_loss": 4.0, "jsd_estimate": 0.5}
    run(LossCurve(tmp_path / "loss.png"), logs, {**logs, "generator_loss": 3.0})
    upper, lower = drawn[0].axes
    assert upper.get_xlabel() == "epoch" and upper.get_ylabel() == "loss"
    curves = lines(upper)
    assert set(curves) == {
        "discriminator loss",
        "generator loss",
        "val generator loss",
    }
    assert curves["generator loss"].get_xdata().tolist() == [1, 2]
    assert curves["generator loss"].get_ydata().tolist() == [2.0, 3.0]
    solid, dashed = curves["generator loss"], curves["val generator loss"]
    assert (solid.get_linestyle(), dashed.get_linestyle()) == ("-", "--")
    assert solid.get_color() == dashed.get_color()
    assert solid.get_color() != curves["discriminator loss"].get_color()
    assert lower.get_ylabel() == "jsd estimate"


def test_jsd_has_its_bound_drawn(tmp_path, drawn):
    curve = LossCurve(tmp_path / "loss.png")
    curve.set_model(kgan.GAN(generator(), critic()))
    run(curve, {**LOSSES, "jsd_estimate": 0.5, "clip": 0.1})
    _, estimate, other = drawn[0].axes
    bound = lines(estimate)["log 2"]
    assert bound.get_ydata()[0] == pytest.approx(math.log(2))
    assert estimate.get_ylabel() == "jsd estimate (lower is closer)"
    assert other.get_ylabel() == "clip" and "log 2" not in lines(other)


def test_estimate_of_a_users_objective(tmp_path, drawn):
    class Judged(kgan.AdversarialModel):
        estimate_name = "likeness"
        estimate_mode = "max"
        estimate_limit = (1.0, "all alike")

    curve = LossCurve(tmp_path / "loss.png")
    curve.set_model(Judged(generator(), critic()))
    run(curve, {**LOSSES, "likeness": 0.5})
    assert drawn[0].axes[1].get_ylabel() == "likeness (higher is closer)"
    assert lines(drawn[0].axes[1])["all alike"].get_ydata()[0] == 1.0


def test_every_other_number_has_a_panel(tmp_path, drawn):
    others = {"wasserstein_estimate": 3.0, "val_frechet_distance": 40.0}
    run(LossCurve(tmp_path / "loss.png"), {**LOSSES, **others, "clip": 0.1})
    labels = [axes.get_ylabel() for axes in drawn[0].axes]
    assert labels[1:] == ["wasserstein estimate", "frechet distance", "clip"]
    assert list(lines(drawn[0].axes[2])) == ["val frechet distance"]


def test_single_epoch_is_visible(tmp_path, drawn):
    path = tmp_path / "new" / "loss.png"
    run(LossCurve(path), LOSSES)
    low, high = drawn[0].axes[0].get_xlim()
    ticks = drawn[0].axes[0].get_xticks()
    assert [tick for tick in ticks if low <= tick <= high] == [1]
    with Image.open(path) as picture:
        pixels = np.asarray(picture.convert("RGB")).astype(int)
    # Twice 9 pixels: the dot in the legend alone is not enough.
    for color in [(0, 114, 178), (213, 94, 0)]:
        near = np.abs(pixels - color).max(axis=-1) < 8
        assert near.sum() >= 18


def test_table_holds_the_numbers(tmp_path):
    first = {**LOSSES, "clip_share": 0.25}
    second = {"discriminator_loss": math.nan, "val_generator_loss": 5}
    run(LossCurve(tmp_path / "loss.png"), first, second)
    header = ["epoch", *LOSSES, "clip_share", "val_generator_loss"]
    assert read_table(tmp_path / "loss.csv") == [
        header,
        ["1", "1.0", "2.0", "0.25", ""],
        ["2", "nan", "", "", "5.0"],
    ]
    assert sorted(os.listdir(tmp_path)) == ["loss.csv", "loss.png"]


def test_numbers_that_are_not_finite_leave_a_gap(tmp_path, drawn):
    values = [1.0, math.nan, math.inf, 4.0]
    epochs = [{"discriminator_loss": value} for value in values]
    run(LossCurve(tmp_path / "loss.png"), *epochs)
    curve = lines(drawn[0].axes[0])["discriminator loss (2 not finite)"]
    np.testing.assert_array_equal(curve.get_ydata(), [1, np.nan, np.nan, 4])


def test_nothing_finite_is_drawn_without_error(tmp_path):
    run(LossCurve(tmp_path / "loss.png"), {"discriminator_loss": math.nan})
    assert (tmp_path / "loss.png").exists()


def test_validation_of_every_other_epoch_is_one_line(tmp_path, drawn):
    validated = {**LOSSES, "val_generator_loss": 3.0}
    run(LossCurve(tmp_path / "a.png"), LOSSES, validated, LOSSES, validated)
    curve = lines(drawn[0].axes[0])["val generator loss"]
    assert curve.get_xdata().tolist() == [2, 4]


def test_fresh_fit_starts_again_and_resumed_fit_goes_on(tmp_path):
    curve = LossCurve(tmp_path / "loss.png")
    run(curve, LOSSES, LOSSES, LOSSES)
    run(curve, LOSSES, LOSSES)
    assert [row[0] for row in read_table(tmp_path / "loss.csv")[1:]] == list(
        "12"
    )
    run(curve, LOSSES, first=2)
    assert [row[0] for row in read_table(tmp_path / "loss.csv")[1:]] == list(
        "123"
    )


def test_logs_that_are_no_numbers_are_left_out(tmp_path):
    logs = {**LOSSES, "message": "hello", "many": np.zeros(3)}
    run(LossCurve(tmp_path / "loss.png"), logs)
    assert read_table(tmp_path / "loss.csv")[0] == ["epoch", *LOSSES]


def test_no_epoch_draws_nothing(tmp_path):
    run(LossCurve(tmp_path / "loss.png"))
    assert os.listdir(tmp_path) == []


def test_inside_fit(tmp_path):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(optimizer="sgd", loss="mse")
    x, y = np.zeros((8, 2), "float32"), np.zeros((8, 1), "float32")
    curve = LossCurve(tmp_path / "loss.png")
    history = model.fit(
        x, y, validation_data=(x, y), epochs=3, verbose=0, callbacks=[curve]
    )
    rows = read_table(tmp_path / "loss.csv")
    assert rows[0] == ["epoch", "loss", "val_loss"]
    written = [float(row[1]) for row in rows[1:]]
    assert written == [float(value) for value in history.history["loss"]]


def test_path_must_be_a_png():
    with pytest.raises(ValueError, match=r"\.png.*Received: path='loss.pdf'"):
        LossCurve("loss.pdf")


def test_unwritable_directory_stops_before_training(tmp_path):
    (tmp_path / "file").write_text("in the way")
    curve = LossCurve(tmp_path / "file" / "loss.png")
    with pytest.raises(ValueError, match="`path`.*Received: directory=.*file"):
        curve.on_train_begin()
